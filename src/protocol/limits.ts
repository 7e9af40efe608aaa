/** The numbers of the contract (docs/protocol.md). Limits that an installation can set are in functions/env.ts. */

export const usernamePattern = /^[A-Za-z0-9_]{1,32}$/
export const roomNamePattern = /^[A-Za-z0-9_]{1,64}$/

export const messageMaxCodePoints = 4_000
export const titleMaxCodePoints = 100
export const displayNameMaxCodePoints = 64
export const descriptionMaxCodePoints = 1_000
/** In UTF-8, as mail servers count. */
export const emailMaxBytes = 254
export const bioMaxCodePoints = 500
/** In code points, after normalization. */
export const passwordMinCharacters = 8
/** bcrypt reads only 72 bytes. A longer password is refused, never cut. */
export const passwordMaxBytes = 72
export const clientIdMaxCharacters = 64
/** The longest emoji that Unicode recommends has 35 bytes. */
export const emojiMaxBytes = 64
/** The most different emojis on one message. It bounds the size of a message on the wire. */
export const emojisPerMessage = 20

export const searchMaxCodePoints = 256
/**
 * A search finds only this many words of a message. In scripts without spaces each character is a word, and so is
 * each emoji.
 */
export const indexedWordsMax = 1_000
/**
 * A search finds only this many characters of a message, counted in the form that is compared: some characters
 * become many.
 */
export const indexedCharactersMax = 4_000
/** A search ranks this many of the newest messages that it finds. */
export const searchWindow = 1_000
/** The most highlighted places in one found message. */
export const highlightsMax = 100

export const pageLimit = { default: 50, max: 100 }
/** A page ends early at this many bytes of text, because a Data API response holds 1 MiB. */
export const pageMaxBytes = 256 * 1_024
/** `unread` is counted up to this number. Clients show this number as 99+. */
export const unreadMax = 100
/** To count `unread`, this many of the newest messages after the marker, or of the newest notifications, are read. */
export const unreadWindow = 1_000
/** A search for users finds this many by display name: the first in the order of these names. */
export const displayNameWindow = 500
/** A message notifies this many mentioned users. Further mentions are plain text. */
export const mentionsMax = 20
/** A notification and a room in a list show this much of a message. */
export const previewMaxCodePoints = 200
export const noticeMaxCodePoints = 1_000
export const reportTextMaxCodePoints = 1_000
/** [S2] The most messages and edits of one user that wait for an admin's approval. */
export const heldMessagesMax = 20
/** The most notifications that one request marks as read by id. */
export const notificationIdsMax = 100
/** Notifications that were read longer ago are deleted. */
export const notificationDays = 90
/** Every allowed message fits into such a body, even when each character is written as two JSON escapes. */
export const bodyMaxBytes = 64 * 1_024

export const frameInMaxBytes = 16 * 1_024
export const frameOutMaxBytes = 28 * 1_024
export const helloMaxRooms = 200
/** [W6] A `hello` replays at most this many events of a room, this many in all, and this many bytes on the wire. */
export const replayMaxOfRoom = 300
export const replayMax = 1_000
export const replayMaxBytes = 512 * 1_024
/** [W8] The client of an older socket is asked to replace it, because API Gateway closes it after two hours. */
export const rotateAfterSeconds = 105 * 60
/** `heads` lists at most this many rooms: those with the newest events. */
export const headsMaxRooms = 5_000

/** A handler sends an event to this many sockets. Workers deliver to the rest of a large room in pages. */
export const recipientsAtOnce = 200
/** A 410 deletes a connection only when it is older than this. The connect of a younger one may not be answered yet. */
export const goneAfterSeconds = 35
export const connectionLifeSeconds = 2 * 3_600 + 5 * 60
export const onlineSeconds = 6 * 60
/** `online_count` reads this many sockets of a room. With more sockets, `online_more` is true. */
export const onlineSocketsMax = 1_000
/** A user who was removed from a public room may join it again after this time. */
export const removedSeconds = 10 * 60
export const banReasonMaxCodePoints = 500

export const accessTokenSeconds = 15 * 60
export const sessionDays = 30
/** [A3] Two successors of one refresh token are both valid when they were given within this time. */
export const twinSeconds = 30
/** [A3] The most unused valid refresh tokens of one session. */
export const refreshTokensMax = 20
/** [A8] How many recovery codes are made at a time. */
export const recoveryCodesMade = 10
/** [A8] How long a new secret can be confirmed. */
export const secondFactorSetUpSeconds = 30 * 60
/** For this long after an admin has given their password, sensitive actions do not ask for it again. */
export const adminPasswordSeconds = 15 * 60
/** How long an admin who has given their password may take to give the code. */
export const adminCodeSeconds = 10 * 60
/** For this long an admin who has opened the messages of a closed room can read them. */
export const contentOpenSeconds = 60 * 60
/** [N3] The longest text of an announcement. */
export const announcementMaxCodePoints = 500
/** [N3] The most announcements that are current or planned at the same time. */
export const announcementsMax = 20
/** [A9] How long a password link from an admin is valid. */
export const passwordLinkHours = 24
/** [A10] The most rows on a page of an export, all kinds together. */
export const exportPageRows = 500
/** [A11] How many messages and reactions are erased under one lock of their room. */
export const erasedAtOnce = 100

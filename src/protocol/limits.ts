/** Numbers of the contract (docs/protocol.md). What an installation may set for itself is in functions/env.ts. */

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
/** bcrypt reads 72 bytes: a longer password is refused, never cut. */
export const passwordMaxBytes = 72
export const clientIdMaxCharacters = 64
/** The longest emoji that Unicode recommends has 35 bytes. */
export const emojiMaxBytes = 64
/** Different emojis on one message, so that it stays a message. */
export const emojisPerMessage = 20

export const searchMaxCodePoints = 256
/** So many words of a message can be found; an unspaced character is a word, and so is an emoji. */
export const indexedWordsMax = 1_000
/** So many characters of a message can be found, as they are compared: some stand for many. */
export const indexedCharactersMax = 4_000
/** Of what a search finds, so many of the newest messages are ranked. */
export const searchWindow = 1_000
/** Places in one message that are shown to have been found. */
export const highlightsMax = 100

export const pageLimit = { default: 50, max: 100 }
/** A page ends early at this many bytes of text: a Data API response holds 1 MiB. */
export const pageMaxBytes = 256 * 1_024
/** `unread` is counted to here and then shown as 99+. */
export const unreadMax = 100
/** So many of the newest messages after the marker, or of the newest notifications, are looked at to count `unread`. */
export const unreadWindow = 1_000
/** A search for users finds so many by their display name: the first ones in the order of these names. */
export const displayNameWindow = 500
/** Of so many usernames a message notifies; further ones are text. */
export const mentionsMax = 20
/** A notification, and a room in a list, show so much of a message. */
export const previewMaxCodePoints = 200
export const noticeMaxCodePoints = 1_000
export const reportTextMaxCodePoints = 1_000
/** [S2] Messages of one user that wait for an admin. */
export const heldMessagesMax = 20
/** Marked as read in one request. */
export const notificationIdsMax = 100
/** Notifications that were read longer ago are forgotten. */
export const notificationDays = 90
/** A body that holds any message at all, with every character written as two JSON escapes, fits. */
export const bodyMaxBytes = 64 * 1_024

export const frameInMaxBytes = 16 * 1_024
export const frameOutMaxBytes = 28 * 1_024
export const helloMaxRooms = 200
/** [W6] `hello` replays so many events of a room, so many in all, and so much on the wire. */
export const replayMaxOfRoom = 300
export const replayMax = 1_000
export const replayMaxBytes = 512 * 1_024
/** [W8] A socket that is older is asked to be replaced: API Gateway closes it after two hours. */
export const rotateAfterSeconds = 105 * 60
/** `heads` lists at most this many rooms, those with the newest events. */
export const headsMaxRooms = 5_000

/** Pushed at once to so many sockets; the rest of a large room follows in pages. */
export const recipientsAtOnce = 200
/** A 410 forgets a connection only when it is older: a younger one may not have been answered yet. */
export const goneAfterSeconds = 35
export const connectionLifeSeconds = 2 * 3_600 + 5 * 60
export const onlineSeconds = 6 * 60
/** `online_count` looks at so many sockets of a room; it then says that there may be more. */
export const onlineSocketsMax = 1_000
/** Who was removed from a public room may join it again after this. */
export const removedSeconds = 10 * 60
export const banReasonMaxCodePoints = 500

export const accessTokenSeconds = 15 * 60
export const sessionDays = 30
/** [A3] Two successors of one refresh token are both good when no more than this lies between them. */
export const twinSeconds = 30
/** [A3] Refresh tokens of one session that are good and not used yet. */
export const refreshTokensMax = 20
/** [A8] Recovery codes that are made at a time. */
export const recoveryCodesMade = 10
/** [A8] How long a secret that was begun may be confirmed. */
export const secondFactorSetUpSeconds = 30 * 60
/** For so long an admin who has given their password does what is sensitive without giving it again. */
export const adminPasswordSeconds = 15 * 60
/** How long an admin who has given their password may take to give the code. */
export const adminCodeSeconds = 10 * 60
/** How long what a closed room says stays open to an admin who has opened it. */
export const contentOpenSeconds = 60 * 60
/** [N3] Of an announcement. */
export const announcementMaxCodePoints = 500
/** [N3] Announcements that are shown, or will be, at the same time. */
export const announcementsMax = 20
/** [A9] How long a link of an admin's sets a new password. */
export const passwordLinkHours = 24
/** [A10] A page of an export has at most so many rows of all kinds. */
export const exportPageRows = 500
/** [A11] Messages and reactions that are erased under one lock of their room. */
export const erasedAtOnce = 100

import * as z from 'zod'
import * as accounts from '../accounts.ts'
import * as announcements from '../announcements.ts'
import * as bans from '../bans.ts'
import * as errors from '../errors.ts'
import * as exports from '../exports.ts'
import * as messages from '../messages.ts'
import * as notifications from '../notifications.ts'
import * as passwordLinks from '../password-links.ts'
import * as reports from '../reports.ts'
import * as rooms from '../rooms.ts'
import * as search from '../search.ts'
import * as secondFactor from '../second-factor.ts'
import * as server from '../server.ts'
import { eventPage, roomHead } from '../socket.ts'
import * as users from '../users.ts'

/** The named schemas. The documents write each of them once, and refer to it by its name. */
const components: Readonly<Record<string, z.ZodType>> = {
  Announcement: announcements.announcement,
  AnnouncementPage: announcements.announcementPage,
  AsyncApiDocument: server.asyncApiDocument,
  Ban: bans.ban,
  BanPage: bans.banPage,
  BanRequest: bans.banRequest,
  BeginSecondFactorRequest: secondFactor.beginSecondFactorRequest,
  BlockedUser: users.blockedUser,
  BlockPage: users.blockPage,
  ChangePasswordRequest: accounts.changePasswordRequest,
  ConfirmSecondFactorRequest: secondFactor.confirmSecondFactorRequest,
  CreateRoomRequest: rooms.createRoomRequest,
  DeleteAccountRequest: accounts.deleteAccountRequest,
  DirectRequest: rooms.directRequest,
  EditRequest: messages.editRequest,
  ErrorCode: errors.errorCode,
  EventPage: eventPage,
  ExportPage: exports.exportPage,
  FieldError: errors.fieldError,
  Found: search.found,
  FoundPage: search.foundPage,
  Health: server.health,
  LastMessage: rooms.lastMessage,
  LoginRequest: accounts.loginRequest,
  LogoutRequest: accounts.logoutRequest,
  Member: rooms.member,
  MemberPage: rooms.memberPage,
  Message: messages.message,
  MessagePage: messages.messagePage,
  Notification: notifications.notification,
  NotificationPage: notifications.notificationPage,
  NotifyRequest: rooms.notifyRequest,
  NotifyState: rooms.notifyState,
  OpenApiDocument: server.openApiDocument,
  OtherUser: users.otherUser,
  PasswordLinkRequest: passwordLinks.passwordLinkRequest,
  PasswordSet: passwordLinks.passwordSet,
  Problem: errors.problem,
  PutMemberRequest: rooms.putMemberRequest,
  Reaction: messages.reaction,
  ReadNotificationsRequest: notifications.readNotificationsRequest,
  ReadRequest: rooms.readRequest,
  ReadState: rooms.readState,
  RecoveryCodes: secondFactor.recoveryCodes,
  RefreshRequest: accounts.refreshRequest,
  RegisterRequest: accounts.registerRequest,
  RemoveSecondFactorRequest: secondFactor.removeSecondFactorRequest,
  RenewRecoveryCodesRequest: secondFactor.renewRecoveryCodesRequest,
  Report: reports.report,
  ReportReason: reports.reportReason,
  ReportRequest: reports.reportRequest,
  Role: rooms.role,
  Room: rooms.room,
  RoomDetail: rooms.roomDetail,
  RoomHead: roomHead,
  RoomKind: rooms.roomKind,
  RoomPage: rooms.roomPage,
  SecondFactor: secondFactor.secondFactor,
  SecondFactorBegun: secondFactor.secondFactorBegun,
  SendRequest: messages.sendRequest,
  Session: accounts.listedSession,
  SessionPage: accounts.sessionPage,
  SignedIn: accounts.signedIn,
  Tokens: accounts.tokens,
  UnreadCount: notifications.unreadCount,
  UpdateProfileRequest: accounts.updateProfileRequest,
  UpdateRoomRequest: rooms.updateRoomRequest,
  User: accounts.user,
  UserPage: users.userPage,
}

/** Registers the names of the schemas, so that zod writes references to them. */
export function nameComponents(): void {
  for (const [id, schema] of Object.entries(components)) {
    z.globalRegistry.add(schema, { ...z.globalRegistry.get(schema), id })
  }
}

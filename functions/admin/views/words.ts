import type { UserAction } from '../../../src/core/admin/act-on-user.ts'
import type { AuditAction } from '../../../src/core/database/audit-actions.ts'

/** What an entry of the audit log says was done. */
export const actionNames: Record<AuditAction, string> = {
  sign_in: 'signed in',
  sign_out: 'signed out',
  suspend: 'suspended',
  reinstate: 'reinstated',
  make_admin: 'made an admin',
  unmake_admin: 'revoked admin rights of',
  end_sessions: 'ended all sessions',
  end_session: 'ended a session',
  edit_user: 'changed a profile',
  set_up_second_factor: 'set up two-step sign-in',
  renew_recovery_codes: 'made new recovery codes',
  remove_second_factor: 'turned off two-step sign-in of',
  make_password_link: 'made a link that sets a password',
  export_user: 'exported the data of a user',
  erase_user: 'erased a user',
  notice: 'sent a notice',
  edit_room: 'edited a room',
  archive_room: 'archived a room',
  restore_room: 'restored a room',
  delete_room: 'deleted a room',
  add_member: 'added a member',
  remove_member: 'removed a member',
  ban_member: 'banned from a room',
  lift_ban: 'lifted a ban',
  hand_over: 'handed over a room',
  open_content: 'opened the messages of a room',
  close_connection: 'closed a connection',
  open_report: 'read what was reported',
  dismiss_report: 'dismissed a report',
  delete_message: 'deleted a message',
  close_reports: 'closed reports after suspending',
  set_words: 'changed the words that hold messages',
  approve_message: 'published a held message',
  discard_message: 'discarded a held message',
  set_limits: 'changed the limits of a room',
  announce: 'made an announcement',
  end_announcement: 'ended an announcement',
  export_list: 'downloaded a list',
}

export const userActionWords: Record<
  UserAction,
  { readonly button: string; readonly effect: string; readonly done: string }
> = {
  suspend: {
    button: 'Suspend',
    effect:
      'They cannot log in or use the chat. They are told why, and until when. Their sockets are closed at once. What they wrote stays.',
    done: 'Suspended, and their sockets are closed.',
  },
  reinstate: {
    button: 'Reinstate',
    effect: 'They can use the chat again, with the sessions that they had.',
    done: 'Reinstated.',
  },
  make_admin: {
    button: 'Make an admin',
    effect: 'They can do everything here that you can do. They can also suspend you.',
    done: 'Made an admin.',
  },
  unmake_admin: {
    button: 'Revoke admin rights',
    effect: 'They are signed out here at once. They can still use the chat.',
    done: 'Admin rights are revoked.',
  },
  end_sessions: {
    button: 'End all sessions',
    effect: 'They are logged out everywhere, also here. They have to log in again.',
    done: 'All sessions are ended.',
  },
  remove_second_factor: {
    button: 'Turn off two-step sign-in',
    effect:
      'They can sign in with their password alone, also whoever else knows it. Do this when they have lost their phone and their recovery codes, and you are sure that it is they who ask. Their sessions go on.',
    done: 'Two-step sign-in is turned off.',
  },
}

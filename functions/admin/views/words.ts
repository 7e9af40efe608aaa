import type { UserAction } from '../../../src/core/admin/act-on-user.ts'
import type { AuditAction } from '../../../src/core/database/audit-actions.ts'

/** The names of the actions in the audit log. */
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
  make_password_link: 'made a password link',
  export_user: 'exported the data of a user',
  erase_user: 'erased a user',
  notice: 'sent a notice',
  edit_room: 'edited a room',
  archive_room: 'archived a room',
  restore_room: 'restored a room',
  delete_room: 'deleted a room',
  add_member: 'added a member',
  remove_member: 'removed a member',
  ban_member: 'banned a user from a room',
  lift_ban: 'lifted a ban',
  hand_over: 'handed over a room',
  open_content: 'opened the messages of a room',
  close_connection: 'closed a connection',
  open_report: 'read a reported message',
  dismiss_report: 'dismissed a report',
  delete_message: 'deleted a message',
  close_reports: 'closed reports after suspending',
  set_words: 'changed the words that hold messages',
  approve_message: 'published a held message',
  discard_message: 'discarded a held message',
  set_limits: 'changed the limits of a room',
  announce: 'published an announcement',
  end_announcement: 'ended an announcement',
  export_list: 'downloaded a list',
}

export const userActionWords: Record<
  UserAction,
  {
    readonly button: string
    readonly effect: string
    readonly done: string
    readonly isBad?: boolean
  }
> = {
  suspend: {
    button: 'Suspend',
    effect:
      'The user cannot log in or use the chat. They are told why, and until when. Their connections close at once. Their messages stay.',
    done: 'The user is suspended. Their connections are closed.',
    isBad: true,
  },
  reinstate: {
    button: 'Reinstate',
    effect: 'The user can use the chat again. Their sessions work again.',
    done: 'The user is reinstated.',
  },
  make_admin: {
    button: 'Make admin',
    effect: 'The user can do everything here that you can do. They can also suspend you.',
    done: 'The user is now an admin.',
  },
  unmake_admin: {
    button: 'Revoke admin rights',
    effect: 'The user is signed out of the admin pages at once. They can still use the chat.',
    done: 'Admin rights are revoked.',
  },
  end_sessions: {
    button: 'End all sessions',
    effect:
      'The user is logged out everywhere, also from the admin pages. They have to log in again.',
    done: 'All sessions have ended.',
    isBad: true,
  },
  remove_second_factor: {
    button: 'Turn off two-step sign-in',
    effect:
      'Then anybody who knows the password can sign in. Do this only when the user has lost the phone and the recovery codes, and you are sure that the user is asking. Their sessions continue.',
    done: 'Two-step sign-in is turned off.',
  },
}

import { ChatError } from '../errors.ts'

/** What may_write_v1 says of a member who may not write: to an archived room [R9], or to a direct chat [A6]. */
export type WriteStatus = 'archived' | 'blocking' | 'blocked' | 'partner_gone'

export function writeRefused(status: WriteStatus): ChatError {
  switch (status) {
    case 'archived':
      return new ChatError(
        'conflict',
        'the room is archived: it can be read, and nobody writes to it until an admin restores it',
      )
    case 'blocking':
      return new ChatError('forbidden', 'you have blocked the other one: unblock them to write')
    case 'blocked':
      return new ChatError('forbidden', 'the other one does not want to hear from you')
    case 'partner_gone':
      return new ChatError('conflict', 'the other one has deleted their account: nobody is there')
  }
}

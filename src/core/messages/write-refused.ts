import { ChatError } from '../errors.ts'

/** What may_write_v1 says of a member who may not write to a direct chat. */
export type WriteStatus = 'blocking' | 'blocked' | 'partner_gone'

export function writeRefused(status: WriteStatus): ChatError {
  switch (status) {
    case 'blocking':
      return new ChatError('forbidden', 'you have blocked the other one: unblock them to write')
    case 'blocked':
      return new ChatError('forbidden', 'the other one does not want to hear from you')
    case 'partner_gone':
      return new ChatError('conflict', 'the other one has deleted their account: nobody is there')
  }
}

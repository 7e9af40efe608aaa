import type { Message } from '../../../src/client/index.ts'
import type { HeldRoom } from '../chat/held-rooms.ts'
import { announce } from '../shell/announcer.tsx'
import { explain } from '../parts/use-task.ts'
import { formatNumber, t } from '../text/text.ts'
import './reactions.css'

/** The emojis that need one click. */
export const quickEmojis = ['👍', '❤️', '😂', '🎉', '👀', '🙏'] as const

export async function setReaction(
  held: HeldRoom,
  seq: number,
  emoji: string,
  isOn: boolean,
): Promise<void> {
  try {
    await held.handle.react(seq, emoji, isOn)
  } catch (error) {
    announce(explain(error))
  }
}

export function Reactions({
  message,
  held,
}: {
  readonly message: Message
  readonly held: HeldRoom
}) {
  return (
    <ul class="reactions">
      {message.reactions.map(({ emoji, count, mine }) => (
        <li key={emoji}>
          <button
            type="button"
            class={mine ? 'reaction mine' : 'reaction'}
            aria-pressed={mine}
            aria-label={t('conversation.reaction', { emoji, count })}
            onClick={() => void setReaction(held, message.seq, emoji, !mine)}
          >
            <span class="emoji" aria-hidden="true">
              {emoji}
            </span>
            {formatNumber(count)}
          </button>
        </li>
      ))}
    </ul>
  )
}

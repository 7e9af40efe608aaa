import type { Message } from '../../../src/client/index.ts'
import { IconButton } from '../parts/button.tsx'
import { t } from '../text/text.ts'
import { quickEmojis } from './reactions.tsx'

interface QuickEmojisProps {
  readonly message: Message
  readonly onPick: (emoji: string, isOn: boolean) => void
  readonly onMore: () => void
}

export const hasMine = ({ reactions }: Message, emoji: string): boolean =>
  reactions.some((each) => each.emoji === emoji && each.mine)

/** The emojis that need one click, and a button for all others. */
export function QuickEmojis({ message, onPick, onMore }: QuickEmojisProps) {
  return (
    <>
      {quickEmojis.map((emoji) => {
        const isOn = hasMine(message, emoji)
        return (
          <button
            key={emoji}
            type="button"
            aria-pressed={isOn}
            onClick={() => onPick(emoji, !isOn)}
          >
            {emoji}
          </button>
        )
      })}
      <IconButton icon="add" label={t('conversation.moreEmojis')} onClick={onMore} />
    </>
  )
}

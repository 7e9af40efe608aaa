import type { Room, TypingUser } from '../../../src/client/index.ts'
import { formatList } from '../text/format.ts'
import { t } from '../text/text.ts'
import { SlowMode } from './slow-mode.tsx'
import './typing-line.css'

const namedMax = 3

interface TypingLineProps {
  readonly typing: readonly TypingUser[]
  readonly room: Room | null
}

/** Shows who is typing, and the room's slow mode. It always takes its space, so that nothing moves. */
export function TypingLine({ typing, room }: TypingLineProps) {
  const names = typing.map(({ username }) => username)
  return (
    <div class="typing-line">
      <p class="one-line" role="status">
        {names.length > namedMax
          ? t('composer.manyType')
          : names.length > 0
            ? t('composer.typing', { count: names.length, names: formatList(names) })
            : ''}
      </p>
      <SlowMode room={room} />
    </div>
  )
}

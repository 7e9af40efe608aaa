import type { TypingUser } from '../../../src/client/index.ts'
import { formatList } from '../text/format.ts'
import { t } from '../text/text.ts'
import './typing-line.css'

const namedMax = 3

/** Shows who is typing. It always takes its space, so that nothing moves. */
export function TypingLine({ typing }: { readonly typing: readonly TypingUser[] }) {
  const names = typing.map(({ username }) => username)
  return (
    <p class="typing-line one-line" role="status">
      {names.length > namedMax
        ? t('composer.manyType')
        : names.length > 0
          ? t('composer.typing', { count: names.length, names: formatList(names) })
          : ''}
    </p>
  )
}

import { useState } from 'preact/hooks'
import type { Found } from '../../../src/client/index.ts'
import { isChatError, session } from '../chat/client.ts'
import { nameOf } from '../chat/names.ts'
import { UsernameTag } from '../people/username-tag.tsx'
import { Avatar } from '../parts/avatar.tsx'
import { FormError } from '../parts/field.tsx'
import { Loading, Notice } from '../parts/notice.tsx'
import { explain } from '../parts/use-task.ts'
import { formatBrief, formatFull } from '../text/format.ts'
import { rich, t } from '../text/text.ts'
import { excerptOf } from './excerpt.ts'
import { foundLine, type Search } from './use-search.ts'

interface FoundListProps {
  readonly q: string
  readonly search: Search
  /** Returns the address of a found message. */
  readonly pathOf: (message: Found) => string
  /** The message that is shown beside the list. */
  readonly shownSeq?: number | null
  /** Whether each message shows its room. */
  readonly withRooms?: boolean
  readonly onClear: () => void
}

/** Shows the results of a search, or why there are none. */
export function FoundList(props: FoundListProps) {
  const { q, search, pathOf, shownSeq = null, withRooms = false, onClear } = props
  const { messages, isBusy, failure, again, more } = search
  if (!q) return <Hints />
  if (failure !== null) {
    const isQuery = isChatError(failure) && failure.code === 'bad_request'
    return isQuery ? (
      <Notice icon="search" title={t('search.noWordTitle')} text={t('search.noWordText')} />
    ) : (
      <Notice icon="warning" title={t('search.failed')} text={explain(failure)}>
        <button type="button" class="button" onClick={again}>
          {t('common.tryAgain')}
        </button>
      </Notice>
    )
  }
  if (!messages) return <Loading label={t('search.searching')} />
  if (messages.length === 0) {
    return (
      <Notice
        icon="search"
        title={t('search.noneFor', { query: q })}
        text={withRooms ? t('search.noneText') : t('search.noneHereText')}
      >
        <button type="button" class="button" onClick={onClear}>
          {t('search.clear')}
        </button>
      </Notice>
    )
  }
  return (
    <div class={isBusy ? 'found busy' : 'found'} aria-busy={isBusy}>
      <p class="found-count">{foundLine(messages.length, more !== null)}</p>
      <ul>
        {messages.map((message) => (
          <FoundMessage
            key={message.id}
            message={message}
            path={pathOf(message)}
            isShown={message.seq === shownSeq}
            withRoom={withRooms}
          />
        ))}
      </ul>
      <FormError text={more?.error ?? null} />
      {more && (
        <button
          type="button"
          class="button found-more"
          disabled={more.isBusy}
          onClick={() => void more.run()}
        >
          {t('common.more')}
        </button>
      )}
    </div>
  )
}

interface FoundMessageProps {
  readonly message: Found
  readonly path: string
  readonly isShown: boolean
  readonly withRoom: boolean
}

function FoundMessage({ message, path, isShown, withRoom }: FoundMessageProps) {
  const { user_id, room, timestamp, highlights } = message
  const name = nameOf(message)
  return (
    <li>
      <a class="found-message" href={path} aria-current={isShown ? 'true' : undefined}>
        <Avatar id={user_id} name={name} size="s" />
        <span class="found-head">
          <bdi class="found-name one-line">{name}</bdi>
          <UsernameTag
            id={user_id}
            username={message.username}
            displayName={message.display_name}
          />
          {withRoom && room.kind !== 'direct' && (
            <span class="found-room one-line">
              {rich('search.inRoom', { room: <bdi>{room.title}</bdi> })}
            </span>
          )}
          {withRoom && room.kind === 'direct' && (
            <span class="found-room one-line">
              {user_id === session.value.user?.id
                ? rich('search.toPerson', { name: <bdi>{room.title}</bdi> })
                : t('search.direct')}
            </span>
          )}
          <time dateTime={timestamp} title={formatFull(timestamp)}>
            {formatBrief(timestamp)}
          </time>
        </span>
        <span class="found-text" dir="auto">
          {excerptOf(message.message ?? '', highlights).map(({ text, isHit }, at) =>
            isHit ? <mark key={at}>{text}</mark> : text,
          )}
        </span>
      </a>
    </li>
  )
}

/** Explains the syntax of the search, while the field is empty. */
function Hints() {
  const [rows] = useState([
    ['search.exampleWords', 'search.meansWords'],
    ['search.examplePhrase', 'search.meansPhrase'],
    ['search.exampleWithout', 'search.meansWithout'],
    ['search.exampleOr', 'search.meansOr'],
  ] as const)
  return (
    <div class="search-hints">
      <h2>{t('search.hints')}</h2>
      <dl>
        {rows.map(([example, meaning]) => (
          <div key={example}>
            <dt>
              <code>{t(example)}</code>
            </dt>
            <dd>{t(meaning)}</dd>
          </div>
        ))}
      </dl>
    </div>
  )
}

import { Dialog } from '../parts/dialog.tsx'
import { Icon } from '../parts/icon.tsx'
import { isHelpOpen } from '../shell/help-state.ts'
import { isApple } from '../shell/platform.ts'
import { t } from '../text/text.ts'
import './shortcut-help.css'

interface Shortcut {
  /** The alternatives. Each has the keys that are pressed together. */
  readonly keys: readonly (readonly string[])[]
  readonly label: string
}

export function ShortcutHelp() {
  const command = isApple ? '⌘' : 'Ctrl'
  const option = isApple ? '⌥' : 'Alt'
  const everywhere: readonly Shortcut[] = [
    { keys: [[command, 'K']], label: t('shortcuts.jump') },
    {
      keys: [
        [option, '↑'],
        [option, '↓'],
      ],
      label: t('shortcuts.rooms'),
    },
    {
      keys: [
        [option, 'Shift', '↑'],
        [option, 'Shift', '↓'],
      ],
      label: t('shortcuts.unreadRooms'),
    },
    { keys: [['F6']], label: t('shortcuts.regions') },
    { keys: [['Esc']], label: t('shortcuts.close') },
    { keys: [['?']], label: t('shortcuts.help') },
  ]
  const writing: readonly Shortcut[] = [
    { keys: [['Enter']], label: t('shortcuts.send') },
    { keys: [['Shift', 'Enter']], label: t('shortcuts.newLine') },
    { keys: [['↑']], label: t('shortcuts.editLast') },
    { keys: [['Esc']], label: t('shortcuts.cancel') },
  ]
  return (
    <Dialog
      title={t('shortcuts.title')}
      class="shortcut-help"
      onClose={() => void (isHelpOpen.value = false)}
    >
      <Shortcuts title={t('shortcuts.everywhere')} items={everywhere} />
      <Shortcuts title={t('shortcuts.writing')} items={writing} />
    </Dialog>
  )
}

/** Some fonts have no arrows. */
function Key({ name }: { readonly name: string }) {
  if (name !== '↑' && name !== '↓') return <kbd>{name}</kbd>
  return (
    <kbd>
      <Icon name={name === '↑' ? 'up' : 'down'} />
      <span class="visually-hidden">
        {t(name === '↑' ? 'shortcuts.keyUp' : 'shortcuts.keyDown')}
      </span>
    </kbd>
  )
}

function Shortcuts({
  title,
  items,
}: {
  readonly title: string
  readonly items: readonly Shortcut[]
}) {
  return (
    <section>
      <h3>{title}</h3>
      <dl>
        {items.map(({ keys, label }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>
              {keys.map((together, at) => (
                <span key={together.join(' ')}>
                  {at > 0 && <small>{t('shortcuts.or')}</small>}
                  {together.map((key) => (
                    <Key key={key} name={key} />
                  ))}
                </span>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

import type { FunctionComponent } from 'preact'
import { Icon, type IconName } from '../parts/icon.tsx'
import { Notice } from '../parts/notice.tsx'
import { Pane } from '../parts/pane.tsx'
import { isHelpOpen } from '../shell/help-state.ts'
import { t } from '../text/text.ts'
import { AccountSettings } from './account-settings.tsx'
import { AppearanceSettings } from './appearance-settings.tsx'
import { BlockedSettings } from './blocked-settings.tsx'
import { NotificationSettings } from './notification-settings.tsx'
import { ProfileSettings } from './profile-settings.tsx'
import { SessionSettings } from './session-settings.tsx'
import { TwoStepSettings } from './two-step-settings.tsx'
import './settings.css'

interface Page {
  readonly name: string
  readonly title: () => string
  readonly icon: IconName
  readonly Content: FunctionComponent
}

const pages: readonly Page[] = [
  { name: 'profile', title: () => t('settings.profile'), icon: 'user', Content: ProfileSettings },
  {
    name: 'appearance',
    title: () => t('settings.appearance'),
    icon: 'sun',
    Content: AppearanceSettings,
  },
  {
    name: 'notifications',
    title: () => t('settings.notifications'),
    icon: 'bell',
    Content: NotificationSettings,
  },
  {
    name: 'sessions',
    title: () => t('settings.sessions'),
    icon: 'screen',
    Content: SessionSettings,
  },
  {
    name: 'two-step',
    title: () => t('settings.twoStep'),
    icon: 'shield',
    Content: TwoStepSettings,
  },
  { name: 'blocked', title: () => t('settings.blocked'), icon: 'block', Content: BlockedSettings },
  { name: 'account', title: () => t('settings.account'), icon: 'lock', Content: AccountSettings },
]

/** A list of pages, and one of them beside it. A phone shows one of the two. */
export function Settings({ page }: { readonly page: string }) {
  const shown = pages.find(({ name }) => name === page)
  if (page && !shown) {
    return (
      <Notice icon="compass" title={t('shell.notFound')} text={t('shell.notFoundText')}>
        <a class="button" href="/settings">
          {t('settings.back')}
        </a>
      </Notice>
    )
  }
  const current = shown ?? pages[0]!
  return (
    <Pane
      title={t('settings.title')}
      back={shown ? '/settings' : '/'}
      backLabel={shown ? t('settings.back') : t('shell.back')}
    >
      <div class={shown ? 'settings with-page' : 'settings'}>
        <nav class="settings-pages" aria-label={t('settings.pages')}>
          {pages.map(({ name, title, icon }) => (
            <a
              key={name}
              href={`/settings/${name}`}
              class={current.name === name ? 'here' : undefined}
              aria-current={shown?.name === name ? 'page' : undefined}
            >
              <Icon name={icon} />
              {title()}
            </a>
          ))}
          <button type="button" onClick={() => void (isHelpOpen.value = true)}>
            <Icon name="keyboard" />
            {t('settings.shortcuts')}
          </button>
        </nav>
        <div class="settings-page" key={current.name}>
          <h2>{current.title()}</h2>
          <current.Content />
        </div>
      </div>
    </Pane>
  )
}

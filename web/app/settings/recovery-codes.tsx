import { session } from '../chat/client.ts'
import { copyText } from '../shell/copy-text.ts'
import { t } from '../text/text.ts'
import { SettingsPart } from './settings-part.tsx'

/** The recovery codes. They are shown only once. */
export function RecoveryCodes({
  codes,
  onDone,
}: {
  readonly codes: readonly string[]
  readonly onDone: () => void
}) {
  const lines = codes.join('\n')
  return (
    <SettingsPart title={t('settings.recoveryCodes')} text={t('settings.recoveryCodesText')}>
      <ol class="recovery-codes" dir="ltr">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ol>
      <p class="settings-text">
        <b>{t('settings.recoveryCodesOnce')}</b>
      </p>
      <div class="settings-actions">
        <button
          type="button"
          class="button"
          onClick={() => void copyText(lines, t('settings.copied'))}
        >
          {t('settings.copy')}
        </button>
        <button type="button" class="button" onClick={() => download(lines)}>
          {t('settings.download')}
        </button>
        <button type="button" class="button" onClick={() => print()}>
          {t('settings.print')}
        </button>
        <button type="button" class="button primary" onClick={onDone}>
          {t('settings.recoveryCodesKept')}
        </button>
      </div>
    </SettingsPart>
  )
}

function download(lines: string): void {
  const head = `${t('common.product')}: ${session.peek().user?.username ?? ''} (${location.host})`
  const url = URL.createObjectURL(new Blob([`${head}\n\n${lines}\n`], { type: 'text/plain' }))
  const link = document.createElement('a')
  link.href = url
  link.download = 'quick-connect-recovery-codes.txt'
  link.click()
  URL.revokeObjectURL(url)
}

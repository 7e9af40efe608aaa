import { useEffect, useState } from 'preact/hooks'
import type { SecondFactor, SecondFactorBegun } from '../../../src/client/index.ts'
import { client } from '../chat/client.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Field, FormError, valueOf } from '../parts/field.tsx'
import { Loading, Notice } from '../parts/notice.tsx'
import { TaskForm } from '../parts/task-form.tsx'
import { useTask } from '../parts/use-task.ts'
import { copyText } from '../shell/copy-text.ts'
import { formatDate } from '../text/format.ts'
import { t } from '../text/text.ts'
import { RecoveryCodes } from './recovery-codes.tsx'
import { SettingsPart } from './settings-part.tsx'
import { useWithPassword } from './use-with-password.ts'
import './two-step.css'

export function TwoStepSettings() {
  const [factor, setFactor] = useState<SecondFactor | null>(null)
  const [codes, setCodes] = useState<readonly string[] | null>(null)
  const load = useTask(async () =>
    setFactor(await client.request('GET /api/users/me/second-factor/')),
  )
  useEffect(() => void load.run(), [])
  if (codes) {
    const done = () => {
      setCodes(null)
      void load.run()
    }
    return <RecoveryCodes codes={codes} onDone={done} />
  }
  if (load.error) {
    return (
      <Notice icon="warning" title={t('settings.twoStepFailed')} text={load.error}>
        <button type="button" class="button" onClick={() => void load.run()}>
          {t('common.tryAgain')}
        </button>
      </Notice>
    )
  }
  if (!factor) return <Loading label={t('common.loading')} />
  return factor.enabled ? (
    <TurnedOn factor={factor} onCodes={setCodes} onOff={() => void load.run()} />
  ) : (
    <TurnedOff onCodes={setCodes} />
  )
}

function TurnedOff({ onCodes }: { readonly onCodes: (codes: readonly string[]) => void }) {
  const [isAsking, setAsking] = useState(false)
  const [begun, setBegun] = useState<SecondFactorBegun | null>(null)
  if (begun) return <Scan begun={begun} onCodes={onCodes} onCancel={() => setBegun(null)} />
  return (
    <SettingsPart text={t('settings.twoStepText')}>
      <button type="button" class="button primary" onClick={() => setAsking(true)}>
        {t('settings.twoStepSetUp')}
      </button>
      {isAsking && (
        <PasswordDialog
          title={t('settings.twoStepSetUp')}
          text={t('settings.twoStepPassword')}
          action={t('settings.continue')}
          run={async (password) =>
            setBegun(
              await client.request('POST /api/users/me/second-factor/', { body: { password } }),
            )
          }
          onClose={() => setAsking(false)}
        />
      )}
    </SettingsPart>
  )
}

/** Shows the QR code and the secret for the app, and asks for the first code. */
function Scan({
  begun: { secret, qr_svg },
  onCodes,
  onCancel,
}: {
  readonly begun: SecondFactorBegun
  readonly onCodes: (codes: readonly string[]) => void
  readonly onCancel: () => void
}) {
  const confirm = useTask(async (form: FormData) => {
    const { recovery_codes } = await client.request('POST /api/users/me/second-factor/confirm/', {
      body: { code: valueOf(form, 'code') },
    })
    onCodes(recovery_codes)
  })
  const wrong = confirm.errorOf('code') && t('settings.twoStepWrongCode')
  return (
    <>
      <SettingsPart title={t('settings.twoStepScan')} text={t('settings.twoStepScanText')}>
        <img
          class="qr-code"
          src={`data:image/svg+xml,${encodeURIComponent(qr_svg)}`}
          alt={t('settings.qrCode')}
        />
        <div class="qr-secret">
          <p class="settings-text" id="qr-secret">
            {t('settings.twoStepSecret')}
          </p>
          <code dir="ltr" aria-labelledby="qr-secret">
            {secret.replace(/.{4}(?=.)/g, '$& ')}
          </code>
          <button
            type="button"
            class="button"
            onClick={() => void copyText(secret, t('settings.copied'))}
          >
            {t('settings.copy')}
          </button>
        </div>
      </SettingsPart>
      <SettingsPart title={t('settings.twoStepConfirm')}>
        <TaskForm task={confirm}>
          <Field
            label={t('accounts.code')}
            name="code"
            inputMode="numeric"
            autocomplete="one-time-code"
            dir="ltr"
            maxLength={10}
            required
            hint={t('settings.twoStepCodeHint')}
            error={wrong}
          />
          <FormError text={wrong ? null : confirm.error} />
          <div class="settings-actions">
            <button type="submit" class="button primary" disabled={confirm.isBusy}>
              {t('settings.twoStepTurnOn')}
            </button>
            <button type="button" class="button" onClick={onCancel}>
              {t('common.cancel')}
            </button>
          </div>
        </TaskForm>
      </SettingsPart>
    </>
  )
}

function TurnedOn({
  factor,
  onCodes,
  onOff,
}: {
  readonly factor: SecondFactor
  readonly onCodes: (codes: readonly string[]) => void
  readonly onOff: () => void
}) {
  const [asked, setAsked] = useState<'codes' | 'off' | null>(null)
  const close = () => setAsked(null)
  const { enabled_at, recovery_codes_left: left } = factor
  return (
    <>
      <SettingsPart
        title={t('settings.twoStepOn', { date: enabled_at ? formatDate(enabled_at) : '' })}
        text={t('settings.twoStepOnText')}
      >
        <button type="button" class="button danger" onClick={() => setAsked('off')}>
          {t('settings.twoStepTurnOff')}
        </button>
      </SettingsPart>
      <SettingsPart
        title={t('settings.recoveryCodes')}
        text={t('settings.recoveryCodesLeft', { count: left })}
      >
        <button type="button" class="button" onClick={() => setAsked('codes')}>
          {t('settings.newRecoveryCodes')}
        </button>
      </SettingsPart>
      {asked === 'off' && (
        <PasswordDialog
          title={t('settings.twoStepTurnOffTitle')}
          text={t('settings.twoStepTurnOffText')}
          action={t('settings.twoStepTurnOff')}
          isDanger
          run={async (password) => {
            await client.request('DELETE /api/users/me/second-factor/', { body: { password } })
            onOff()
          }}
          onClose={close}
        />
      )}
      {asked === 'codes' && (
        <PasswordDialog
          title={t('settings.newRecoveryCodes')}
          text={t('settings.newRecoveryCodesText')}
          action={t('settings.continue')}
          run={async (password) => {
            const path = 'POST /api/users/me/second-factor/recovery-codes/'
            const { recovery_codes } = await client.request(path, { body: { password } })
            onCodes(recovery_codes)
          }}
          onClose={close}
        />
      )}
    </>
  )
}

/** Asks for the password, and closes when it was right. */
function PasswordDialog({
  title,
  text,
  action,
  isDanger = false,
  run,
  onClose,
}: {
  readonly title: string
  readonly text: string
  readonly action: string
  readonly isDanger?: boolean
  readonly run: (password: string) => Promise<unknown>
  readonly onClose: () => void
}) {
  const { task, wrong } = useWithPassword(async (given) => {
    await run(valueOf(given, 'password'))
    onClose()
  })
  return (
    <Dialog title={title} onClose={onClose}>
      <TaskForm task={task}>
        <p>{text}</p>
        <Field
          label={t('accounts.password')}
          name="password"
          type="password"
          autocomplete="current-password"
          required
          autofocus
          error={wrong ?? task.errorOf('password')}
        />
        <FormError text={task.errorOf('password') ? null : task.error} />
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>
            {t('common.cancel')}
          </button>
          <button
            type="submit"
            class={isDanger ? 'button danger' : 'button primary'}
            disabled={task.isBusy}
          >
            {action}
          </button>
        </div>
      </TaskForm>
    </Dialog>
  )
}

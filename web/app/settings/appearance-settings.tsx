import { useState } from 'preact/hooks'
import { Segments } from '../parts/segments.tsx'
import { FormError } from '../parts/field.tsx'
import { preferences, setPreferences } from '../shell/preferences.ts'
import { isLanguage, languageFor, languages, setLanguage, t } from '../text/text.ts'
import { SettingsPart } from './settings-part.tsx'

const themes = ['system', 'light', 'dark'] as const

export function AppearanceSettings() {
  const { theme } = preferences.value
  return (
    <>
      <SettingsPart title={t('settings.theme')}>
        <Segments
          label={t('settings.theme')}
          value={theme}
          options={themes.map((value) => ({ value, label: t(`settings.theme_${value}`) }))}
          onChange={(value) => setPreferences({ theme: value })}
        />
      </SettingsPart>
      <LanguageChoice />
      <p class="settings-text">{t('settings.forThisBrowser')}</p>
    </>
  )
}

function LanguageChoice() {
  const [hasFailed, setFailed] = useState(false)
  const chosen = preferences.value.language
  const choose = async (value: string) => {
    const next = isLanguage(value) ? value : undefined
    setFailed(false)
    // The choice is stored before its texts are loaded, because the page may be left or reloaded meanwhile.
    setPreferences({ language: next })
    try {
      await setLanguage(languageFor(next))
    } catch {
      setPreferences({ language: chosen })
      setFailed(true)
    }
  }
  return (
    <SettingsPart>
      <div class="field">
        <label for="language">{t('settings.language')}</label>
        <select
          id="language"
          value={isLanguage(chosen) ? chosen : ''}
          onChange={({ currentTarget }) => void choose(currentTarget.value)}
        >
          <option value="">
            {t('settings.languageAuto', { language: languages[languageFor()] })}
          </option>
          {Object.entries(languages).map(([tag, name]) => (
            <option key={tag} value={tag} lang={tag}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <FormError text={hasFailed ? t('settings.languageFailed') : null} />
    </SettingsPart>
  )
}

import { t } from '../text/text.ts'

/** Browsers, in this order: those whose user agent also names another browser come before it. */
const browsers: readonly (readonly [RegExp, string])[] = [
  [/Edg(e|A|iOS)?\//, 'Edge'],
  [/OPR\/|Opera/, 'Opera'],
  [/SamsungBrowser\//, 'Samsung Internet'],
  [/Firefox\/|FxiOS\//, 'Firefox'],
  [/Chrome\/|CriOS\/|Chromium\//, 'Chrome'],
  [/Safari\//, 'Safari'],
]
const systems: readonly (readonly [RegExp, string])[] = [
  [/iPhone/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, 'Android'],
  [/CrOS/, 'ChromeOS'],
  [/Windows/, 'Windows'],
  [/Mac OS X|Macintosh/, 'macOS'],
  [/Linux|X11/, 'Linux'],
]

const find = (list: typeof browsers, agent: string) =>
  list.find(([pattern]) => pattern.test(agent))?.[1]

/** Names the device of a session in known words: a browser, or the first word of another program. */
export function deviceOf(agent: string | null): string {
  if (!agent) return t('settings.unknownDevice')
  const [browser, system] = [find(browsers, agent), find(systems, agent)]
  if (browser && system) return t('settings.device', { browser, system })
  return browser ?? agent.split(/[\s/]/)[0] ?? agent
}

export const isPhone = (agent: string | null): boolean =>
  agent !== null && /iPhone|Android|Mobile/.test(agent)

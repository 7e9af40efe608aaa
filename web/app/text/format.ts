import { computed, effect, signal } from '@preact/signals'
import { serverNow } from '../chat/server-time.ts'
import { formatNumber, language, locale, t } from './text.ts'

/** The beginning of the present day, by the server's clock. Labels such as "Today" follow it. */
const midnight = signal(startOfDay(serverNow()))

function startOfDay(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0)
}

/**
 * Days may be shorter or longer than 24 hours, and a machine may sleep. So the clock is read again and again.
 */
export function watchDay(): void {
  const look = () => void (midnight.value = startOfDay(serverNow()))
  effect(look)
  setInterval(look, 30_000)
  document.addEventListener('visibilitychange', look)
}

const formats = computed(() => {
  const make = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale.value, options)
  return {
    time: make({ timeStyle: 'short' }),
    weekday: make({ weekday: 'short' }),
    date: make({ day: 'numeric', month: 'short' }),
    dateOfYear: make({ dateStyle: 'medium' }),
    day: make({ weekday: 'long', day: 'numeric', month: 'long' }),
    dayOfYear: make({ dateStyle: 'full' }),
    full: make({ dateStyle: 'full', timeStyle: 'short' }),
    relative: new Intl.RelativeTimeFormat(locale.value, { numeric: 'auto' }),
    list: new Intl.ListFormat(locale.value, { style: 'long', type: 'conjunction' }),
  }
})

/** Whole days from the day of `ms` until today; negative in the future. */
function daysAgo(ms: number): number {
  return Math.round((midnight.value - startOfDay(ms)) / 86_400_000)
}

export const isSameDay = (a: string, b: string): boolean =>
  new Date(a).toDateString() === new Date(b).toDateString()

export const formatTime = (at: string): string => formats.value.time.format(new Date(at))
export const formatFull = (at: string): string => formats.value.full.format(new Date(at))
export const formatDate = (at: string): string => formats.value.dateOfYear.format(new Date(at))
export const formatList = (items: readonly string[]): string => formats.value.list.format(items)

/** In a list: the time for today, the weekday for the last days, otherwise the date. */
export function formatBrief(at: string): string {
  const { time, weekday, date, dateOfYear } = formats.value
  const then = new Date(at)
  const days = daysAgo(then.getTime())
  if (days <= 0) return time.format(then)
  if (days < 7) return weekday.format(then)
  const isThisYear = then.getFullYear() === new Date(midnight.value).getFullYear()
  return (isThisYear ? date : dateOfYear).format(then)
}

/** How long ago a time was, in the largest fitting unit. A slow clock never shows a time in the future. */
export function formatAgo(at: string): string {
  const { relative } = formats.value
  const minutes = Math.max(0, Math.floor((serverNow() - new Date(at).getTime()) / 60_000))
  if (minutes < 60) return relative.format(-minutes, 'minute')
  if (minutes < 24 * 60) return relative.format(-Math.floor(minutes / 60), 'hour')
  return relative.format(-Math.floor(minutes / 1440), 'day')
}

/** A length of time in its largest unit that needs no fraction: "30 seconds", "5 minutes". */
export function formatSeconds(seconds: number): string {
  const [unit, length] = (
    [
      ['day', 86_400],
      ['hour', 3_600],
      ['minute', 60],
    ] as const
  ).find(([, each]) => seconds % each === 0) ?? ['second', 1]
  const options = { style: 'unit', unit, unitDisplay: 'long' } as const
  return new Intl.NumberFormat(locale.value, options).format(seconds / length)
}

/** The label above the messages of a day. */
export function formatDay(at: string): string {
  const { relative, day, dayOfYear } = formats.value
  const then = new Date(at)
  const days = daysAgo(then.getTime())
  if (days === 0 || days === 1) return capital(relative.format(-days, 'day'))
  const isThisYear = then.getFullYear() === new Date(midnight.value).getFullYear()
  return capital((isThisYear ? day : dayOfYear).format(then))
}

const capital = (text: string) => text.charAt(0).toLocaleUpperCase(language.value) + text.slice(1)

/** Shows 100 as 99+, because the server counts only up to 100. */
export const formatUnread = (count: number): string =>
  count > 99 ? t('common.manyUnread', { count: 99 }) : formatNumber(count)

import { effect } from '@preact/signals'
import { session } from '../chat/client.ts'
import { logoBolt, logoBubble } from '../parts/icon.tsx'
import { attention } from '../rooms/listed-rooms.ts'

/** The icon is drawn in this many pixels. The logo is 32 of its units wide. */
const size = 64
/**
 * Colours that are visible on the tabs of light and dark browsers, because icons have no theme.
 * public/favicon.svg has them, too.
 */
const colours = { bubble: '#0b6b62', bolt: '#ffffff', badge: '#f0b429', count: '#1c1d1f' } as const

const drawn = new Map<string, string>()

/** Draws the logo with a number in a badge, or with a dot, or with neither for an empty text. */
export function iconWith(badge: string): string {
  const known = drawn.get(badge)
  if (known !== undefined) return known
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = size
  const pen = canvas.getContext('2d')
  if (!pen) return ''
  pen.scale(size / 32, size / 32)
  pen.save()
  // The margin of the logo is removed, because the icon of a tab is small.
  pen.translate(16, 16)
  pen.scale(1.35, 1.35)
  pen.translate(-16, -15.5)
  const [bubble, bolt] = [new Path2D(logoBubble), new Path2D(logoBolt)]
  pen.fillStyle = colours.bubble
  pen.fill(bubble)
  pen.fillStyle = colours.bolt
  pen.fill(bolt)
  pen.restore()
  if (badge) drawBadge(pen, badge === '·' ? '' : badge)
  const url = canvas.toDataURL('image/png')
  drawn.set(badge, url)
  return url
}

function drawBadge(pen: CanvasRenderingContext2D, text: string): void {
  const radius = text ? 9 : 6
  const width = text.length > 1 ? 23 : 2 * radius
  const [left, top] = [32 - width, 32 - 2 * radius]
  const pill = (gap: number) => {
    pen.beginPath()
    pen.roundRect(left - gap, top - gap, width + 2 * gap, 2 * (radius + gap), radius + gap)
    pen.fill()
  }
  // This leaves a gap between the badge and the logo.
  pen.globalCompositeOperation = 'destination-out'
  pill(1.5)
  pen.globalCompositeOperation = 'source-over'
  pen.fillStyle = colours.badge
  pill(0)
  pen.fillStyle = colours.count
  pen.font = '700 15px system-ui, sans-serif'
  pen.textAlign = 'center'
  pen.textBaseline = 'middle'
  pen.fillText(text, left + width / 2, top + radius + 1)
}

/**
 * The icon of the tab shows how many mentions and direct messages are unread. A dot shows other new messages.
 */
export function watchIcon(): void {
  const link =
    document.querySelector<HTMLLinkElement>('link[rel~=icon]') ??
    document.head.appendChild(Object.assign(document.createElement('link'), { rel: 'icon' }))
  // The icon of the loaded page, if it has one.
  const { href: own, type: ownType } = link
  effect(() => {
    const { count, isUnread } = attention.value
    const badge = !session.value.user ? '' : count > 9 ? '9+' : count > 0 ? String(count) : ''
    const wanted = badge || (session.value.user && isUnread ? '·' : '')
    const next = wanted || !own ? iconWith(wanted) : own
    if (link.href === next) return
    link.type = next === own ? ownType : 'image/png'
    link.href = next
  })
}

/** Icons of 24 × 24, drawn with a line. Some of them are mirrored in texts from right to left. */
const paths = {
  add: 'M12 5v14M5 12h14',
  back: 'M15 5l-7 7 7 7',
  bell: 'M6 16V11a6 6 0 0 1 12 0v5l1.5 2h-15zM10 21h4',
  bellOff: 'M6 16V11a6 6 0 0 1 1.2-3.6M10 5.3A6 6 0 0 1 18 11v3M4.5 18H18M10 21h4M4 4l16 16',
  block: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM5.7 5.700l12.6 12.600',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  close: 'M6 6l12 12M18 6 6 18',
  compass: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM15.5 8.5l-2 5-5 2 2-5z',
  copy: 'M9 9h10v11H9zM6 15H5V4h10v2',
  down: 'M12 5v14M6 13l6 6 6-6',
  edit: 'M4 20h4L19 9l-4-4L4 16zM13 7l4 4',
  flag: 'M6 21V4M6 5h11l-2 3.5 2 3.5H6',
  hash: 'M5 9h15M4 15h15M10 4 8 20M16 4l-2 16',
  info: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v5M12 8v.01',
  keyboard: 'M3 6h18v12H3zM7 10v.01M11 10v.01M15 10v.01M8 14h8',
  leave: 'M10 4H5v16h5M10 12h11M17 8l4 4-4 4',
  link: 'M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-5.7-5.7L12 7M14 10a4 4 0 0 0-6-.5l-3 3A4 4 0 0 0 10.7 18.200L12 17',
  lock: 'M5 11h14v9H5zM8 11V8a4 4 0 0 1 8 0v3',
  more: 'M6 12v.01M12 12v.01M18 12v.01',
  people:
    'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 20a6.5 6.5 0 0 1 13 0M16 4.300a3.5 3.5 0 0 1 0 6.400M18 14.500a6.5 6.5 0 0 1 3.5 5.5',
  phone: 'M7 3h10v18H7zM11 18h2',
  reply: 'M9 7 4 12l5 5M4 12h10a6 6 0 0 1 6 6',
  retry: 'M5 12a7 7 0 1 0 2.5-5.400M5 4v4h4',
  screen: 'M3 5h18v11H3zM8 20h8M12 16v4',
  search: 'M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM20 20l-4-4',
  send: 'M5 12h13M12 5l7 7-7 7',
  settings:
    'M12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM12 2.500v3M12 18.500v3M2.5 12h3M18.5 12h3M5.3 5.300l2.1 2.100M16.6 16.600l2.1 2.100M18.7 5.300l-2.1 2.100M7.4 16.600l-2.1 2.1',
  shield:
    'M12 3l7.5 2.5V11c0 4.500-3 8-7.500 10-4.500-2-7.500-5.500-7.500-10V5.500zM8.500 12l2.500 2.500 4.500-5',
  smile:
    'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8.5 14.500a4.5 4.5 0 0 0 7 0M9 9.500v.01M15 9.500v.01',
  sun: 'M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.500v2M12 19.500v2M2.5 12h2M19.5 12h2M5.3 5.300l1.4 1.400M17.3 17.300l1.4 1.400M18.7 5.300l-1.4 1.400M6.7 17.300l-1.4 1.4',
  trash: 'M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13',
  up: 'M12 19V5M6 11l6-6 6 6',
  user: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20a7.5 7.5 0 0 1 15 0',
  warning: 'M12 4 2.5 20h19zM12 10v5M12 17.500v.01',
} as const

export type IconName = keyof typeof paths

const turning: ReadonlySet<IconName> = new Set(['back', 'leave', 'reply', 'send'])

/** An icon. The label of the button around it, or the text beside it, gives its meaning. */
export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg
      class={turning.has(name) ? 'icon turning' : `icon ${name}`}
      viewBox="0 0 24 24"
      aria-hidden="true"
    >
      <path d={paths[name]} />
    </svg>
  )
}

export const logoBubble =
  'M6 8a4 4 0 0 1 4-4h12a4 4 0 0 1 4 4v9a4 4 0 0 1-4 4h-7l-6 6v-6.200A4 4 0 0 1 6 17z'
export const logoBolt = 'M17.5 7.5 12 14h4l-1.5 4.500L20 12h-4z'

export function Logo() {
  return (
    <svg class="logo" viewBox="0 0 32 32" aria-hidden="true">
      <path class="logo-bubble" d={logoBubble} />
      <path class="logo-bolt" d={logoBolt} />
    </svg>
  )
}

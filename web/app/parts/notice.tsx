import type { ComponentChildren } from 'preact'
import { Icon, type IconName } from './icon.tsx'
import './notice.css'

interface NoticeProps {
  readonly icon?: IconName
  readonly title: string
  readonly text?: ComponentChildren
  /** There is no other title on the page. */
  readonly isPage?: boolean
  /** What can be done about it. */
  readonly children?: ComponentChildren
}

/** Says what there is to say where there is nothing else to show: empty, failed, gone. */
export function Notice({ icon, title, text, isPage = false, children }: NoticeProps) {
  const Title = isPage ? 'h1' : 'h2'
  return (
    <div class="notice">
      {icon && (
        <span class="notice-sign">
          <Icon name={icon} />
        </span>
      )}
      <Title>{title}</Title>
      {text && <p>{text}</p>}
      {children && <div class="notice-actions">{children}</div>}
    </div>
  )
}

/** Something is being fetched. It shows after a moment, so that what is quick does not flicker. */
export function Loading({ label }: { readonly label: string }) {
  return (
    <p class="loading" role="status">
      <span class="spinner" aria-hidden="true" />
      {label}
    </p>
  )
}

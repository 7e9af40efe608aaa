import type { ComponentChildren } from 'preact'
import { Icon, type IconName } from './icon.tsx'
import './notice.css'

interface NoticeProps {
  readonly icon?: IconName
  readonly title: string
  readonly text?: ComponentChildren
  /** What can be done about it. */
  readonly children?: ComponentChildren
}

/** Says what there is to say where there is nothing else to show: empty, failed, gone. */
export function Notice({ icon, title, text, children }: NoticeProps) {
  return (
    <div class="notice">
      {icon && (
        <span class="notice-sign">
          <Icon name={icon} />
        </span>
      )}
      <h2>{title}</h2>
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

import type { ComponentChildren } from 'preact'
import { Icon, type IconName } from './icon.tsx'
import './notice.css'

interface NoticeProps {
  readonly icon?: IconName
  readonly title: string
  readonly text?: ComponentChildren
  /** Whether the page has no other title. */
  readonly isPage?: boolean
  /** The action that the user can take. */
  readonly children?: ComponentChildren
}

/** The message of a page or a list that has nothing else to show: it is empty, failed or gone. */
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

/**
 * Shows that something is being loaded. It appears after a moment, so that quick loading does not flicker.
 */
export function Loading({ label }: { readonly label: string }) {
  return (
    <p class="loading" role="status">
      <span class="spinner" aria-hidden="true" />
      {label}
    </p>
  )
}

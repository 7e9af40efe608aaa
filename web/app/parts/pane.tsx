import type { ComponentChildren } from 'preact'
import { t } from '../text/text.ts'
import { Icon } from './icon.tsx'
import './pane.css'

interface PaneProps {
  readonly title: string
  /** The target of its back button. On wide screens a pane without `isPanel` has no back button. */
  readonly back: string
  /** The label of its back button. The default is "Back to rooms". */
  readonly backLabel?: string
  /** Whether it stands beside the conversation and can be closed. */
  readonly isPanel?: boolean
  /** The content at the end of its header. */
  readonly action?: ComponentChildren
  readonly children: ComponentChildren
}

/** A page or a panel with a header. */
export function Pane({ title, back, backLabel, isPanel = false, action, children }: PaneProps) {
  const label = isPanel ? t('common.close') : (backLabel ?? t('shell.back'))
  return (
    <section
      class="pane"
      aria-label={isPanel ? undefined : title}
      data-region={isPanel ? 'details' : undefined}
    >
      <header class="pane-header" data-region={isPanel ? undefined : 'header'}>
        {!isPanel && (
          <a class="icon-button back" href={back} aria-label={label} title={label}>
            <Icon name="back" />
          </a>
        )}
        <div class="pane-title">
          <h1>{title}</h1>
        </div>
        {action}
        {isPanel && (
          <a class="icon-button" href={back} aria-label={label} title={label}>
            <Icon name="close" />
          </a>
        )}
      </header>
      <div class="pane-body">{children}</div>
    </section>
  )
}

import type { ComponentChildren } from 'preact'

/** A part of a page of settings. */
export function SettingsPart({
  title,
  text,
  children,
}: {
  readonly title?: string
  readonly text?: string
  readonly children: ComponentChildren
}) {
  return (
    <section class="settings-part">
      {title && <h3>{title}</h3>}
      {text && <p class="settings-text">{text}</p>}
      {children}
    </section>
  )
}

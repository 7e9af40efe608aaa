import { Icon } from '../parts/icon.tsx'

/** What was done, beside the button that did it; screen readers say it. */
export function Saved({ text }: { readonly text: string | null }) {
  return (
    <p class="saved" role="status">
      {text && (
        <>
          <Icon name="check" />
          {text}
        </>
      )}
    </p>
  )
}

import { Icon } from '../parts/icon.tsx'

/** The result of an action, beside its button. Screen readers read it. */
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

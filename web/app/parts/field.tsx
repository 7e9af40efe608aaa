import { useId } from 'preact/hooks'
import type { ComponentChildren, InputHTMLAttributes } from 'preact'
import './field.css'

interface FieldProps extends Omit<InputHTMLAttributes, 'label'> {
  readonly label: string
  readonly hint?: ComponentChildren
  readonly error?: string | undefined
  /** Whether the field has several lines. */
  readonly isLong?: boolean
}

/** A text field with its label, a hint and its error. */
export function Field({ label, hint, error, isLong = false, ...rest }: FieldProps) {
  const id = useId()
  const Input = isLong ? 'textarea' : 'input'
  const described = error ? `${id}-error` : hint ? `${id}-hint` : undefined
  return (
    <div class={error ? 'field wrong' : 'field'}>
      <label for={id}>{label}</label>
      {/* @ts-expect-error -- what the two elements have in common is what is given */}
      <Input
        id={id}
        dir="auto"
        placeholder=" "
        aria-invalid={!!error}
        aria-describedby={described}
        {...rest}
      />
      {hint && !error && <p id={`${id}-hint`}>{hint}</p>}
      {error && (
        <p id={`${id}-error`} class="field-error">
          {error}
        </p>
      )}
    </div>
  )
}

/** Returns the values of a form. */
export function valueOf(form: FormData, name: string): string {
  const value = form.get(name)
  return typeof value === 'string' ? value : ''
}

/** The error of a whole form. Screen readers read it at once. */
export function FormError({ text }: { readonly text: string | null }) {
  return (
    <div role="alert" class="form-error" hidden={!text}>
      {text}
    </div>
  )
}

import type { ComponentChildren, Ref } from 'preact'
import type { Task } from './use-task.ts'

interface TaskFormProps {
  /** The task. It gets the values of the form. */
  readonly task: Task<[FormData]>
  /** A further class besides `form`. */
  readonly look?: string
  readonly formRef?: Ref<HTMLFormElement>
  readonly onInput?: () => void
  readonly children: ComponentChildren
}

/** A form that runs a task when it is sent, instead of loading another page. */
export function TaskForm({ task, look = '', formRef, onInput, children }: TaskFormProps) {
  return (
    <form
      ref={formRef ?? null}
      class={`form ${look}`}
      {...(onInput && { onInput })}
      onSubmit={(event) => {
        event.preventDefault()
        void task.run(new FormData(event.currentTarget))
      }}
    >
      {children}
    </form>
  )
}

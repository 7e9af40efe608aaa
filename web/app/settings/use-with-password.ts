import { useState } from 'preact/hooks'
import { isChatError } from '../chat/client.ts'
import { useTask } from '../parts/use-task.ts'
import { t } from '../text/text.ts'

/** A task whose request needs the password. It also tells whether the password was wrong. */
export function useWithPassword(work: (form: FormData) => Promise<unknown>) {
  const [isWrong, setWrong] = useState(false)
  const task = useTask(async (form: FormData) => {
    setWrong(false)
    try {
      await work(form)
    } catch (error) {
      if (!isChatError(error) || error.code !== 'forbidden') throw error
      setWrong(true)
    }
  })
  return { task, wrong: isWrong ? t('settings.wrongPassword') : undefined }
}

import { actingMutants } from './acting.ts'
import { alarmMutants } from './alarms.ts'
import { apiMutants } from './apis.ts'
import { dataMutants } from './data.ts'
import { functionMutants } from './functions.ts'
import { edgeMutants } from './edge.ts'
import { iamMutants } from './iam.ts'
import { jobMutants } from './jobs.ts'
import { mutantsLeftToOthers } from './left-to-others.ts'
import { nameMutants } from './names.ts'
import { queueMutants } from './queue.ts'
import { releaseMutants } from './releases.ts'
import { secretMutants } from './secrets.ts'

export const mutants = [
  ...apiMutants,
  ...functionMutants,
  ...dataMutants,
  ...queueMutants,
  ...edgeMutants,
  ...jobMutants,
  ...iamMutants,
  ...actingMutants,
  ...nameMutants,
  ...alarmMutants,
  ...secretMutants,
  ...releaseMutants,
  ...mutantsLeftToOthers,
]

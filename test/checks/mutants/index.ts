import { apiMutants } from './apis.ts'
import { dataMutants } from './data.ts'
import { functionMutants } from './functions.ts'
import { edgeMutants } from './edge.ts'
import { iamMutants } from './iam.ts'
import { jobMutants } from './jobs.ts'
import { mutantsLeftToOthers } from './left-to-others.ts'
import { queueMutants } from './queue.ts'

export const mutants = [
  ...apiMutants,
  ...functionMutants,
  ...dataMutants,
  ...queueMutants,
  ...edgeMutants,
  ...jobMutants,
  ...iamMutants,
  ...mutantsLeftToOthers,
]

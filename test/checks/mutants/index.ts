import { apiMutants } from './apis.ts'
import { dataMutants } from './data.ts'
import { functionMutants } from './functions.ts'
import { iamMutants } from './iam.ts'
import { mutantsLeftToOthers } from './left-to-others.ts'

export const mutants = [
  ...apiMutants,
  ...functionMutants,
  ...dataMutants,
  ...iamMutants,
  ...mutantsLeftToOthers,
]

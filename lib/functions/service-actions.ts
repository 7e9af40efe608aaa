/**
 * What Lambda itself does with the role of a function. No code of ours calls these, so this is the only list of them:
 * the grants of the stacks and the checks of the roles both read it.
 */

/** Writes into the function's log group. */
export const logActions: readonly string[] = ['logs:CreateLogStream', 'logs:PutLogEvents']

/** Reads the queue that the function is fed from. The CDK's grantConsumeMessages gives more. */
export const pollActions: readonly string[] = [
  'sqs:DeleteMessage',
  'sqs:GetQueueAttributes',
  'sqs:ReceiveMessage',
]

/**
 * What Lambda itself does with the role of a function. No code of ours calls these actions. So this is their only list:
 * the grants of the stacks and the checks of the roles both read it.
 */

/** Writes into the function's log group. */
export const logActions: readonly string[] = ['logs:CreateLogStream', 'logs:PutLogEvents']

/** Reads the queue of the function's event source. The CDK's grantConsumeMessages gives more. */
export const pollActions: readonly string[] = [
  'sqs:DeleteMessage',
  'sqs:GetQueueAttributes',
  'sqs:ReceiveMessage',
]

// A CloudFront function for viewer requests to the HTTP APIs.
// oxlint-disable-next-line no-unused-vars -- CloudFront calls it
function handler(event) {
  const request = event.request
  // Only requests to the admin's host come here with this path. On the chat's host the site answers `/`.
  if (request.uri === '/') {
    return {
      statusCode: 302,
      statusDescription: 'Found',
      headers: { location: { value: '/admin/' }, 'cache-control': { value: 'no-store' } },
    }
  }
  // These replace what the viewer sent under the same names. Handlers believe these headers beside the secret.
  request.headers['x-viewer-address'] = { value: event.viewer.ip }
  request.headers['x-viewer-host'] = { value: request.headers.host.value }
  // Every path works with and without its last slash, but no route of API Gateway ends in one.
  request.uri = request.uri.replace(/\/$/, '')
  return request
}

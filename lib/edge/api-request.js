// A CloudFront function, for viewer requests to the HTTP APIs.
// oxlint-disable-next-line no-unused-vars -- CloudFront calls it
function handler(event) {
  const request = event.request
  // Of the admin's host alone: of the chat's it is the site's.
  if (request.uri === '/') {
    return {
      statusCode: 302,
      statusDescription: 'Found',
      headers: { location: { value: '/admin/' }, 'cache-control': { value: 'no-store' } },
    }
  }
  // Whatever the viewer sent in their place: handlers believe them, beside the secret.
  request.headers['x-viewer-address'] = { value: event.viewer.ip }
  request.headers['x-viewer-host'] = { value: request.headers.host.value }
  // Every path is good with and without its last slash, but no route of API Gateway ends in one.
  request.uri = request.uri.replace(/\/$/, '')
  return request
}

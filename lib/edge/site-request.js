// A CloudFront function for viewer requests to the site. It answers for paths that are not pages: an error page of
// the distribution would also replace the API's error answers.
/* global site */
function fileOf(path) {
  if (site.own.includes(path)) return path
  const document = path.replace(/\.md$/, '')
  return site.documents.includes(document) ? document + '.html' : site.files[path]
}

// oxlint-disable-next-line no-unused-vars -- CloudFront calls it
function handler(event) {
  const request = event.request
  const file = fileOf(request.uri)
  if (file) {
    request.uri = file
    return request
  }
  // The bucket knows which assets exist. They include those of the last releases.
  if (new RegExp(site.assetPaths).test(request.uri)) return request
  // A browser says when it wants an image, a script or the like. No page is served in place of those.
  const wanted = request.headers['sec-fetch-dest'] || { value: 'document' }
  const isForPage = wanted.value === 'document' || wanted.value === 'empty'
  if (isForPage && new RegExp(site.pagePaths).test(request.uri)) {
    request.uri = site.files['/']
    return request
  }
  if (site.folders.includes(request.uri)) {
    return {
      statusCode: 308,
      statusDescription: 'Permanent Redirect',
      headers: { location: { value: request.uri + '/' } },
    }
  }
  return {
    statusCode: 404,
    statusDescription: 'Not Found',
    headers: {
      'content-type': { value: 'text/html; charset=utf-8' },
      'cache-control': { value: 'no-cache' },
    },
    body: { encoding: 'text', data: site.notFound },
  }
}

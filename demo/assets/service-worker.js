/* Replica: a service worker that sends what nobody asked for, as soon as it is there. */
var target = new URL(self.location.href).searchParams.get('cible');
self.addEventListener('install', function (event) {
  self.skipWaiting();
  event.waitUntil(fetch(target).catch(function () {}));
});
self.addEventListener('activate', function (event) {
  event.waitUntil(self.clients.claim().then(function () {
    return fetch(target, { method: 'POST', body: 'nom=interdit' }).catch(function () {});
  }));
});

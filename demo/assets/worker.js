/* Replica: a worker that sends what nobody asked for. */
var target = new URL(self.location.href).searchParams.get('cible');
fetch(target).catch(function () {});
fetch(target, { method: 'POST', body: 'nom=interdit' }).catch(function () {});

// Health check of the compose file's MongoDB: exit 0 when it is primary.
// A new server is made a replica set of one first, because transactions need a set.
try {
  rs.status();
} catch (error) {
  if (error.codeName !== "NotYetInitialized") throw error;
  rs.initiate({ _id: "rs0", members: [{ _id: 0, host: "mongo:27017" }] });
}
quit(db.hello().isWritablePrimary ? 0 : 1);

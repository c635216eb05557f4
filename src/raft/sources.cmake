# The engine's sources, for the module itself and for the simulator's build with deliberate faults
# (-DOTENTO_MUTATIONS).
set(RAFT_SOURCES
  append.cpp codec.cpp configuration.cpp configuration_log.cpp election.cpp log_index.cpp membership.cpp
  names.cpp progress.cpp raft.cpp read_index.cpp replication.cpp snapshot.cpp transfer.cpp validation.cpp)

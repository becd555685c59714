// Generated from schemas/ by tools/codegen; do not edit. Change the source, then: npm run generate
import type { TopicContract, TopicSettings } from '../contract.js';

/** Every topic that has a contract, by domain. */
export const topics: readonly TopicContract[] = [
  {
    "domain": "interactions",
    "name": "interactions",
    "kind": "event",
    "doc": "What users did, in the order each of them did it.",
    "partitions": 4,
    "replicationFactor": 3,
    "key": {
      "field": "userId",
      "why": "Personalize needs the events of a user in order, and sessions and per-user aggregates need them in one task."
    },
    "config": {
      "cleanup.policy": "delete",
      "retention.ms": "-1",
      "retention.bytes": "53687091200",
      "segment.bytes": "268435456",
      "segment.ms": "31536000000",
      "min.insync.replicas": "2",
      "unclean.leader.election.enable": "false",
      "max.message.bytes": "1048576",
      "message.timestamp.type": "CreateTime",
      "message.timestamp.before.max.ms": "9223372036854775807",
      "message.timestamp.after.max.ms": "3600000"
    },
    "deadLetter": {
      "name": "interactions.dlq",
      "partitions": 4,
      "replicationFactor": 3,
      "config": {
        "cleanup.policy": "delete",
        "retention.ms": "-1",
        "retention.bytes": "1073741824",
        "segment.bytes": "67108864",
        "max.message.bytes": "2097152",
        "message.timestamp.type": "CreateTime",
        "message.timestamp.before.max.ms": "9223372036854775807",
        "min.insync.replicas": "2",
        "unclean.leader.election.enable": "false"
      }
    }
  },
  {
    "domain": "podcasts",
    "name": "podcasts",
    "kind": "entity",
    "doc": "The current state of each podcast episode.",
    "partitions": 4,
    "replicationFactor": 3,
    "key": {
      "field": "episodeId",
      "why": "The newest state of an episode must win, so all its changes have to be in one partition."
    },
    "config": {
      "cleanup.policy": "compact",
      "min.insync.replicas": "2",
      "unclean.leader.election.enable": "false",
      "max.message.bytes": "1048576",
      "delete.retention.ms": "604800000",
      "segment.ms": "604800000",
      "message.timestamp.type": "CreateTime",
      "message.timestamp.before.max.ms": "9223372036854775807",
      "message.timestamp.after.max.ms": "3600000"
    },
    "deadLetter": {
      "name": "podcasts.dlq",
      "partitions": 4,
      "replicationFactor": 3,
      "config": {
        "cleanup.policy": "delete",
        "retention.ms": "-1",
        "retention.bytes": "1073741824",
        "segment.bytes": "67108864",
        "max.message.bytes": "2097152",
        "message.timestamp.type": "CreateTime",
        "message.timestamp.before.max.ms": "9223372036854775807",
        "min.insync.replicas": "2",
        "unclean.leader.election.enable": "false"
      }
    }
  },
  {
    "domain": "podcasts",
    "name": "podcast-shows",
    "kind": "entity",
    "doc": "The current state of each podcast; its episodes are in the topic podcasts.",
    "partitions": 4,
    "replicationFactor": 3,
    "key": {
      "field": "podcastId",
      "why": "The newest state of a podcast must win, so all its changes have to be in one partition; an episode names its podcast by the same key, so that episodes can be joined with it."
    },
    "config": {
      "cleanup.policy": "compact",
      "min.insync.replicas": "2",
      "unclean.leader.election.enable": "false",
      "max.message.bytes": "1048576",
      "delete.retention.ms": "604800000",
      "segment.ms": "604800000",
      "message.timestamp.type": "CreateTime",
      "message.timestamp.before.max.ms": "9223372036854775807",
      "message.timestamp.after.max.ms": "3600000"
    },
    "deadLetter": {
      "name": "podcast-shows.dlq",
      "partitions": 4,
      "replicationFactor": 3,
      "config": {
        "cleanup.policy": "delete",
        "retention.ms": "-1",
        "retention.bytes": "1073741824",
        "segment.bytes": "67108864",
        "max.message.bytes": "2097152",
        "message.timestamp.type": "CreateTime",
        "message.timestamp.before.max.ms": "9223372036854775807",
        "min.insync.replicas": "2",
        "unclean.leader.election.enable": "false"
      }
    }
  },
  {
    "domain": "songs",
    "name": "artists",
    "kind": "entity",
    "doc": "The current state of each artist.",
    "partitions": 4,
    "replicationFactor": 3,
    "key": {
      "field": "artistId",
      "why": "The newest state of an artist must win, so all its changes have to be in one partition; a song names its artist by the same key, so that songs can be joined with it."
    },
    "config": {
      "cleanup.policy": "compact",
      "min.insync.replicas": "2",
      "unclean.leader.election.enable": "false",
      "max.message.bytes": "1048576",
      "delete.retention.ms": "604800000",
      "segment.ms": "604800000",
      "message.timestamp.type": "CreateTime",
      "message.timestamp.before.max.ms": "9223372036854775807",
      "message.timestamp.after.max.ms": "3600000"
    },
    "deadLetter": {
      "name": "artists.dlq",
      "partitions": 4,
      "replicationFactor": 3,
      "config": {
        "cleanup.policy": "delete",
        "retention.ms": "-1",
        "retention.bytes": "1073741824",
        "segment.bytes": "67108864",
        "max.message.bytes": "2097152",
        "message.timestamp.type": "CreateTime",
        "message.timestamp.before.max.ms": "9223372036854775807",
        "min.insync.replicas": "2",
        "unclean.leader.election.enable": "false"
      }
    }
  },
  {
    "domain": "songs",
    "name": "songs",
    "kind": "entity",
    "doc": "The current state of each song.",
    "partitions": 4,
    "replicationFactor": 3,
    "key": {
      "field": "songId",
      "why": "The newest state of a song must win, so all its changes have to be in one partition."
    },
    "config": {
      "cleanup.policy": "compact",
      "min.insync.replicas": "2",
      "unclean.leader.election.enable": "false",
      "max.message.bytes": "1048576",
      "delete.retention.ms": "604800000",
      "segment.ms": "604800000",
      "message.timestamp.type": "CreateTime",
      "message.timestamp.before.max.ms": "9223372036854775807",
      "message.timestamp.after.max.ms": "3600000"
    },
    "deadLetter": {
      "name": "songs.dlq",
      "partitions": 4,
      "replicationFactor": 3,
      "config": {
        "cleanup.policy": "delete",
        "retention.ms": "-1",
        "retention.bytes": "1073741824",
        "segment.bytes": "67108864",
        "max.message.bytes": "2097152",
        "message.timestamp.type": "CreateTime",
        "message.timestamp.before.max.ms": "9223372036854775807",
        "min.insync.replicas": "2",
        "unclean.leader.election.enable": "false"
      }
    }
  },
  {
    "domain": "trends",
    "name": "trends",
    "kind": "aggregate",
    "doc": "The newest windowed play count of each item.",
    "partitions": 4,
    "replicationFactor": 3,
    "key": {
      "field": "itemId",
      "why": "The newest window of an item replaces the one before it, so that the topic holds one trend per item."
    },
    "config": {
      "cleanup.policy": "compact",
      "min.insync.replicas": "2",
      "unclean.leader.election.enable": "false",
      "max.message.bytes": "1048576",
      "delete.retention.ms": "604800000",
      "segment.ms": "604800000",
      "message.timestamp.type": "CreateTime",
      "message.timestamp.before.max.ms": "9223372036854775807",
      "message.timestamp.after.max.ms": "3600000"
    },
    "deadLetter": {
      "name": "trends.dlq",
      "partitions": 4,
      "replicationFactor": 3,
      "config": {
        "cleanup.policy": "delete",
        "retention.ms": "-1",
        "retention.bytes": "1073741824",
        "segment.bytes": "67108864",
        "max.message.bytes": "2097152",
        "message.timestamp.type": "CreateTime",
        "message.timestamp.before.max.ms": "9223372036854775807",
        "min.insync.replicas": "2",
        "unclean.leader.election.enable": "false"
      }
    }
  },
  {
    "domain": "users",
    "name": "users",
    "kind": "entity",
    "doc": "The current state of each user.",
    "partitions": 4,
    "replicationFactor": 3,
    "key": {
      "field": "userId",
      "why": "The newest state of a user must win, so all its changes have to be in one partition; the same key as interactions, so that both can be joined without re-partitioning."
    },
    "config": {
      "cleanup.policy": "compact",
      "min.insync.replicas": "2",
      "unclean.leader.election.enable": "false",
      "max.message.bytes": "1048576",
      "delete.retention.ms": "604800000",
      "segment.ms": "604800000",
      "message.timestamp.type": "CreateTime",
      "message.timestamp.before.max.ms": "9223372036854775807",
      "message.timestamp.after.max.ms": "3600000"
    },
    "deadLetter": {
      "name": "users.dlq",
      "partitions": 4,
      "replicationFactor": 3,
      "config": {
        "cleanup.policy": "delete",
        "retention.ms": "-1",
        "retention.bytes": "1073741824",
        "segment.bytes": "67108864",
        "max.message.bytes": "2097152",
        "message.timestamp.type": "CreateTime",
        "message.timestamp.before.max.ms": "9223372036854775807",
        "min.insync.replicas": "2",
        "unclean.leader.election.enable": "false"
      }
    }
  }
];

/** Every topic to be created: those and their dead letter topics. */
export const topicSettings: readonly TopicSettings[] = topics.flatMap((topic) =>
  topic.deadLetter === undefined ? [topic] : [topic, topic.deadLetter],
);

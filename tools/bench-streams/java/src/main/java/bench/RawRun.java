package bench;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Consume, transform, produce with the clients alone: what the stateless workload does, without the library. */
class RawRun {
  static void run(Settings settings, Span span) throws Exception {
    boolean eos = settings.exactlyOnce();
    String id = settings.text("application");
    Properties c = new Properties();
    c.put("bootstrap.servers", settings.text("bootstrap"));
    c.put("group.id", id);
    c.put("auto.offset.reset", "earliest");
    c.put("enable.auto.commit", "false");
    if (eos) c.put("isolation.level", "read_committed");
    Properties p = settings.producer("");
    p.put("bootstrap.servers", settings.text("bootstrap"));
    if (eos) p.put("transactional.id", id);
    long interval = settings.number("commit-interval-ms") * 1_000_000;
    try (var consumer = new KafkaConsumer<>(c, new ByteArrayDeserializer(), new ByteArrayDeserializer());
        var producer = new KafkaProducer<>(p, new ByteArraySerializer(), new ByteArraySerializer())) {
      consumer.subscribe(List.of(settings.text("input")));
      String output = settings.text("output");
      if (eos) producer.initTransactions();
      Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
      long done = 0, committed = System.nanoTime();
      boolean open = false;
      while (true) {
        var records = consumer.poll(Duration.ofMillis(100));
        if (eos && !open && !records.isEmpty()) {
          producer.beginTransaction();
          open = true;
        }
        for (ConsumerRecord<byte[], byte[]> r : records) {
          byte[] value = new String(r.value(), StandardCharsets.UTF_8).substring(50).getBytes(StandardCharsets.UTF_8);
          producer.send(new ProducerRecord<>(output, null, r.timestamp(), r.key(), value));
          done++;
        }
        for (TopicPartition part : records.partitions()) offsets.put(part, new OffsetAndMetadata(consumer.position(part)));
        boolean end = span.at(done);
        if (end || System.nanoTime() - committed >= interval) {
          if (eos && open) {
            producer.sendOffsetsToTransaction(offsets, consumer.groupMetadata());
            producer.commitTransaction();
            open = false;
          } else if (!eos) {
            producer.flush();
            consumer.commitSync(offsets);
          }
          offsets.clear();
          committed = System.nanoTime();
        }
        if (end) return;
      }
    }
  }
}

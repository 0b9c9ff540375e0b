package io.winnow.artifact;

import io.winnow.files.FileFailure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.zip.CRC32C;

/**
 * A TensorBoard event file: the training curve as scalars, for {@code tensorboard --logdir}.
 *
 * <p>A sequence of TFRecord frames (length, masked CRC-32C of the length, data, masked CRC-32C of
 * the data), each with one {@code Event} message in protobuf's wire format. Every start of a run
 * writes a new file that says from which step it goes on; readers then drop what earlier files hold
 * beyond it. Source: tensorflow/core/util/event.proto and framework/summary.proto.
 */
public final class EventFile implements AutoCloseable {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int LENGTH = 2;
  private static final int FIXED32 = 5;

  private final Path file;
  private final FileChannel channel;

  private EventFile(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Begins a file in a folder of event files.
   *
   * @param step updates done before the first scalar
   */
  public static EventFile begin(Path folder, long step) {
    long millis = System.currentTimeMillis();
    String name = "events.out.tfevents.%010d.%03d.winnow.%d";
    Path file =
        folder.resolve(name.formatted(millis / 1000, millis % 1000, ProcessHandle.current().pid()));
    try {
      Files.createDirectories(folder);
      FileChannel channel =
          FileChannel.open(
              file,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE);
      EventFile events = new EventFile(file, channel);
      events.record(event(0).text(3, "brain.Event:2"));
      events.record(event(step).message(7, new Message().number(1, 1))); // SessionLog: START
      return events;
    } catch (IOException e) {
      throw FileFailure.unwritable(file, e);
    }
  }

  /**
   * Adds one value per name.
   *
   * @param step updates done
   */
  public void scalars(long step, Map<String, Double> values) {
    Message summary = new Message();
    values.forEach(
        (tag, value) ->
            summary.message(1, new Message().text(1, tag).single(2, value.floatValue())));
    try {
      record(event(step).message(5, summary));
    } catch (IOException e) {
      throw FileFailure.unwritable(file, e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw FileFailure.unwritable(file, e);
    }
  }

  private static Message event(long step) {
    return new Message().real(1, System.currentTimeMillis() / 1e3).number(2, step);
  }

  private void record(Message event) throws IOException {
    byte[] data = event.bytes.toByteArray();
    ByteBuffer frame = ByteBuffer.allocate(data.length + 16).order(ByteOrder.LITTLE_ENDIAN);
    frame.putLong(data.length);
    frame.putInt(maskedCrc(frame.array(), 0, 8));
    frame.put(data);
    frame.putInt(maskedCrc(data, 0, data.length));
    frame.flip();
    while (frame.hasRemaining()) {
      channel.write(frame);
    }
  }

  /** CRC-32C, rotated and shifted so that a frame of frames does not check itself. */
  static int maskedCrc(byte[] bytes, int offset, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, offset, length);
    return Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8;
  }

  /** Fields of a protobuf message, in the order in which they are added. */
  private static final class Message {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Message number(int field, long value) {
      varint((field << 3) | VARINT);
      varint(value);
      return this;
    }

    Message real(int field, double value) {
      varint((field << 3) | FIXED64);
      return little(Double.doubleToRawLongBits(value), Double.BYTES);
    }

    Message single(int field, float value) {
      varint((field << 3) | FIXED32);
      return little(Float.floatToRawIntBits(value), Float.BYTES);
    }

    Message text(int field, String value) {
      return block(field, value.getBytes(StandardCharsets.UTF_8));
    }

    Message message(int field, Message value) {
      return block(field, value.bytes.toByteArray());
    }

    private Message block(int field, byte[] value) {
      varint((field << 3) | LENGTH);
      varint(value.length);
      bytes.writeBytes(value);
      return this;
    }

    private Message little(long bits, int size) {
      for (int i = 0; i < size; i++) {
        bytes.write((int) (bits >>> (8 * i)));
      }
      return this;
    }

    private void varint(long value) {
      long rest = value;
      while ((rest & ~0x7FL) != 0) {
        bytes.write((int) (rest & 0x7F) | 0x80);
        rest >>>= 7;
      }
      bytes.write((int) rest);
    }
  }
}

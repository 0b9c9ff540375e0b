package io.winnow.artifact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EventFileTest {
  @TempDir Path folder;

  @Test
  void maskedCrc_ofThePublishedExample_isItsValue() {
    // RFC 3720, appendix B.4: CRC-32C of 32 zero bytes is 8a9136aa; masked as TFRecord does.
    int crc = 0x8a9136aa;
    int masked = ((crc >>> 15) | (crc << 17)) + 0xa282ead8;
    assertThat(EventFile.maskedCrc(new byte[32], 0, 32)).isEqualTo(masked);
  }

  @Test
  void scalars_readBackFrameByFrame_areVersionStartAndValue() throws IOException {
    try (EventFile events = EventFile.begin(folder, 300)) {
      events.scalars(301, Map.of("loss", 0.25));
    }
    List<ByteBuffer> frames = frames();
    assertThat(frames).hasSize(3);
    assertThat(hex(frames.get(0), 0)).startsWith("09");
    double seconds = Double.longBitsToDouble(Long.reverseBytes(frames.get(0).getLong(1)));
    assertThat(seconds).isCloseTo(System.currentTimeMillis() / 1e3, within(600.0));
    // Each event begins with its time: key 09 and 8 bytes; then key 10 and the step.
    assertThat(hex(frames.get(0), 9)).isEqualTo("10001a0d" + hexOf("brain.Event:2"));
    assertThat(hex(frames.get(1), 9)).isEqualTo("10ac023a020801"); // step 300, status START
    assertThat(hex(frames.get(2), 9))
        .isEqualTo("10ad022a0d0a0b0a04" + hexOf("loss") + "150000803e"); // step 301, 0.25f
  }

  private List<ByteBuffer> frames() throws IOException {
    byte[] bytes;
    try (var files = Files.list(folder)) {
      Path only = files.toList().get(0);
      String name = only.getFileName().toString();
      assertThat(name).matches("events\\.out\\.tfevents\\.\\d{10}\\.\\d{3}\\.winnow\\.\\d+");
      long begun = Long.parseLong(name.substring(20, 30));
      assertThat((double) begun).isCloseTo(System.currentTimeMillis() / 1e3, within(600.0));
      bytes = Files.readAllBytes(only);
    }
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    List<ByteBuffer> frames = new ArrayList<>();
    while (in.hasRemaining()) {
      int begin = in.position();
      int length = (int) in.getLong();
      assertThat(in.getInt()).isEqualTo(EventFile.maskedCrc(bytes, begin, 8));
      byte[] data = new byte[length];
      in.get(data);
      assertThat(in.getInt()).isEqualTo(EventFile.maskedCrc(data, 0, length));
      frames.add(ByteBuffer.wrap(data));
    }
    return frames;
  }

  private static String hex(ByteBuffer bytes, int from) {
    StringBuilder hex = new StringBuilder();
    for (int i = from; i < bytes.limit(); i++) {
      hex.append(String.format("%02x", bytes.get(i)));
    }
    return hex.toString();
  }

  private static String hexOf(String text) {
    return hex(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)), 0);
  }
}

package io.winnow.model.sd;

import io.winnow.config.Check;
import io.winnow.model.clip.ClipTokenizer;
import io.winnow.model.clip.TextTransformer;
import io.winnow.model.clip.TokenizerFolder;
import io.winnow.tensor.Scope;
import io.winnow.tensor.Tensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * Texts to what a U-Net attends to: a tokenizer and the text encoder that goes with it, which stays
 * as it is. In evaluation mode, without gradients.
 */
public record PromptEncoder(TextTransformer transformer, ClipTokenizer tokenizer)
    implements AutoCloseable {
  static final String TEXT_ENCODER = "text_encoder";
  static final String TOKENIZER = "tokenizer";

  private static final System.Logger LOG = System.getLogger(PromptEncoder.class.getName());

  /**
   * Texts as a U-Net is told them.
   *
   * @param states of the text encoder, [B, N, E], float32
   * @param ids tokens, [B, N], int64
   * @param truncated how many of the texts were too long and were cut
   */
  public record Texts(Tensor states, Tensor ids, int truncated) {}

  /** Parts that do not fit together are refused. */
  public PromptEncoder {
    int vocabulary = transformer.config().vocabulary();
    Check.that(
        tokenizer.size() <= vocabulary,
        "tokenizer has %s tokens, but text_encoder vocab_size is %s",
        tokenizer.size(),
        vocabulary);
    int positions = transformer.config().positions();
    Check.that(
        tokenizer.length() <= positions,
        "tokenizer model_max_length is %s, but text_encoder max_position_embeddings is %s",
        tokenizer.length(),
        positions);
  }

  /** Reads {@code text_encoder/} and {@code tokenizer/} of a pipeline folder. */
  public static PromptEncoder read(Path pipeline) {
    return new PromptEncoder(
        TextTransformer.read(pipeline.resolve(TEXT_ENCODER)),
        TokenizerFolder.read(pipeline.resolve(TOKENIZER)));
  }

  /** Where {@link #read} finds the two. */
  public static List<Path> folders(Path pipeline) {
    return List.of(pipeline.resolve(TEXT_ENCODER), pipeline.resolve(TOKENIZER));
  }

  /** Frees the encoder's weights. */
  @Override
  public void close() {
    transformer.close();
  }

  /** Writes both into a pipeline folder. Call it inside an {@code AtomicFolder}. */
  public void write(Path pipeline) {
    transformer.write(pipeline.resolve(TEXT_ENCODER));
    TokenizerFolder.write(pipeline.resolve(TOKENIZER), tokenizer);
  }

  /** N: tokens of every text, padding included. */
  public int tokens() {
    return tokenizer.length();
  }

  /** E: width of a token's state. */
  public int width() {
    return transformer.config().width();
  }

  /** How many of the texts are cut at the end, as they have more tokens than fit. */
  public int truncated(List<String> texts) {
    return (int) texts.stream().filter(text -> tokenizer.encode(text).truncated()).count();
  }

  /**
   * Encodes texts, equal ones once. Texts of more tokens than the tokenizer's length are cut at the
   * end, counted and warned about.
   */
  public Texts encode(List<String> texts) {
    Map<String, Integer> places = new LinkedHashMap<>(); // of the distinct ones
    texts.forEach(text -> places.putIfAbsent(text, places.size()));
    List<ClipTokenizer.Tokens> tokens = new ArrayList<>();
    places.keySet().forEach(text -> tokens.add(tokens(text)));
    int[] rows = texts.stream().mapToInt(places::get).toArray();
    int truncated = 0;
    for (int row : rows) {
      truncated += tokens.get(row).truncated() ? 1 : 0;
    }
    try (Scope scope = Scope.open();
        NoGradGuard guard = new NoGradGuard()) {
      Tensor here = transformer.parameters().values().iterator().next();
      Tensor ids = onDeviceOf(here, ids(tokens)); // [D, N]
      Tensor row = onDeviceOf(here, Tensors.ofInts(rows)); // [B]
      Tensor states = transformer.forward(ids).index_select(0, row); // [B, N, E]
      return new Texts(scope.keep(states), scope.keep(ids.index_select(0, row)), truncated);
    }
  }

  private ClipTokenizer.Tokens tokens(String text) {
    ClipTokenizer.Tokens tokens = tokenizer.encode(text);
    if (tokens.truncated()) {
      LOG.log(
          System.Logger.Level.WARNING,
          "prompt \"{0}\": {1} tokens, but {2} fit; the rest is cut off. Shorten it.",
          text,
          tokens.rawLength(),
          tokenizer.length() - 2);
    }
    return tokens;
  }

  private Tensor ids(List<ClipTokenizer.Tokens> tokens) {
    int length = tokenizer.length();
    long[] ids = new long[tokens.size() * length];
    for (int i = 0; i < tokens.size(); i++) {
      for (int j = 0; j < length; j++) {
        ids[i * length + j] = tokens.get(i).ids().get(j);
      }
    }
    return Tensors.of(ids, tokens.size(), length);
  }

  private static Tensor onDeviceOf(Tensor like, Tensor tensor) {
    return tensor.to(like.device(), tensor.scalar_type());
  }
}

using Microsoft.ML.Tokenizers;

namespace GrokForge.Gateway.Chat;

/// <summary>Estimates how many tokens a text has, by the o200k encoding: loaded once, in the background, when the first chat arrives.</summary>
internal sealed partial class TokenEstimate
{
    /// <summary>Characters counted exactly; a longer text is taken to go on as it began.</summary>
    public const int MostCounted = 64 * 1024;

    /// <summary>Characters counted at once: the tokenizer's time grows with the square of an unbroken run of letters.</summary>
    public const int Window = 1024;

    /// <summary>What a token is where there is no encoding.</summary>
    public const int CharactersPerToken = 4;

    private readonly Lazy<Task<Tokenizer?>> _tokenizer;

    public TokenEstimate(ILogger<TokenEstimate> logger) : this(static () => TiktokenTokenizer.CreateForEncoding("o200k_base"), logger)
    {
    }

    internal TokenEstimate(Func<Tokenizer> load, ILogger<TokenEstimate> logger) => _tokenizer = new(() => Task.Run(() => Load(load, logger)));

    /// <summary>Begins to load the encoding, if nobody has yet.</summary>
    public void Warm() => _ = _tokenizer.Value;

    /// <summary>Tokens of the texts together. Waits for the encoding while it is still loading.</summary>
    public async ValueTask<int> CountAsync(IEnumerable<string> texts)
    {
        var tokenizer = await _tokenizer.Value;
        long characters = 0, counted = 0, tokens = 0;
        foreach (var text in texts)
        {
            var part = text.AsSpan(0, (int)Math.Min(text.Length, MostCounted - counted));
            characters += text.Length;
            counted += part.Length;
            tokens += Count(tokenizer, part);
        }

        return Whole(tokens, counted, characters);
    }

    /// <summary>Tokens of an answer's text. Waits for the encoding while it is still loading.</summary>
    public async ValueTask<int> CountAsync(AnswerText answer)
    {
        var tokenizer = await _tokenizer.Value;
        var text = answer.ToString();
        var part = text.AsSpan(0, Math.Min(text.Length, MostCounted));
        var kept = part.Length == text.Length ? answer.CountedBytes : System.Text.Encoding.UTF8.GetByteCount(part);
        return Whole(Count(tokenizer, part), kept, answer.TotalBytes);
    }

    /// <summary>A limit that counts as this estimate does. Waits for the encoding while it is still loading.</summary>
    public async ValueTask<LengthLimit> LimitAsync(int most) => new(most, await _tokenizer.Value);

    private static int Whole(long tokens, long counted, long all) =>
        counted == 0 ? 0 : (int)Math.Min(int.MaxValue, counted == all ? tokens : (long)((double)tokens * all / counted));

    public static long Count(Tokenizer? tokenizer, ReadOnlySpan<char> text)
    {
        if (tokenizer is null)
            return (text.Length + CharactersPerToken - 1) / CharactersPerToken;
        long tokens = 0;
        while (!text.IsEmpty)
        {
            var window = text[..WindowOf(text)];
            tokens += tokenizer.CountTokens(window);
            text = text[window.Length..];
        }

        return tokens;
    }

    /// <summary>Where to cut: before the last space of the window's second half, else anywhere but inside a surrogate pair.</summary>
    public static int WindowOf(ReadOnlySpan<char> text)
    {
        if (text.Length <= Window)
            return text.Length;
        var space = text[(Window / 2)..Window].LastIndexOf(' ');
        if (space >= 0)
            return (Window / 2) + space;
        return char.IsHighSurrogate(text[Window - 1]) ? Window - 1 : Window;
    }

    private static Tokenizer? Load(Func<Tokenizer> load, ILogger logger)
    {
        try
        {
            return load();
        }
        // Whatever is wrong with the encoding's data, an estimate must not cost an answer.
        catch (Exception e)
        {
            Log.NoEncoding(logger, e);
            return null;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(2101, LogLevel.Warning, "The o200k encoding could not be loaded; tokens are estimated as a quarter of the characters.")]
        public static partial void NoEncoding(ILogger logger, Exception exception);
    }
}

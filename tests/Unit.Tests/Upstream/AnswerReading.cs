using System.IO.Pipelines;
using System.Text;
using GrokForge.Contracts.Chat;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.GrokWeb.Answers;

namespace GrokForge.Unit.Tests.Upstream;

/// <summary>What reading one answer gave: its events in a line each, and why it is none or not whole.</summary>
internal sealed record AnswerReading(IReadOnlyList<string> Events, Refusal? Refusal, int Malformed)
{
    public string Text => string.Concat(Events.Where(e => e.StartsWith("text:", StringComparison.Ordinal)).Select(e => e["text:".Length..]));

    public string Reasoning => string.Concat(Events.Where(e => e.StartsWith("reasoning:", StringComparison.Ordinal)).Select(e => e["reasoning:".Length..]));

    public static Task<AnswerReading> OfAsync(string body) => OfAsync(Encoding.UTF8.GetBytes(body), []);

    public static Task<AnswerReading> OfAsync(byte[] body, IReadOnlyList<int> cuts, Exception? end = null) => OfAsync(body, cuts, AnswerRules.Of(new SettingsSnapshot()), end);

    public static async Task<AnswerReading> OfAsync(byte[] body, IReadOnlyList<int> cuts, AnswerRules rules, Exception? end = null)
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        using var limits = new TryLimits(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1), TimeProvider.System, cancellationToken);
        var pipe = PipeReader.Create(new ChunkedStream(body, cuts, end), new StreamPipeReaderOptions(bufferSize: 512, minimumReadSize: 16, useZeroByteReads: true));
        var reader = new AnswerReader(pipe, rules, limits);
        List<string> events = [];
        await foreach (var piece in reader.ReadEventsAsync(cancellationToken))
            events.Add(piece.Event is { } chatEvent ? Line(chatEvent) : $"image:{piece.Image!.Alt}|{piece.Image.Address}");
        await pipe.CompleteAsync();
        return new AnswerReading(events, reader.Refusal, reader.Malformed);
    }

    // Strict decoding: an event that cuts a code point fails the test.
    private static string Line(ChatEvent chatEvent) => chatEvent.EventCase switch
    {
        ChatEvent.EventOneofCase.Text => "text:" + Strict.GetString(chatEvent.Text.Span),
        ChatEvent.EventOneofCase.Reasoning => "reasoning:" + Strict.GetString(chatEvent.Reasoning.Span),
        ChatEvent.EventOneofCase.Citation => $"citation:{Strict.GetString(chatEvent.Citation.Text.Span)}|{chatEvent.Citation.Url}|{chatEvent.Citation.Title}",
        ChatEvent.EventOneofCase.Source => $"source:{chatEvent.Source.Type}|{chatEvent.Source.Url}|{chatEvent.Source.Title}",
        var other => other.ToString(),
    };

    private static UTF8Encoding Strict { get; } = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
}

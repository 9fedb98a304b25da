using System.Globalization;

namespace GrokForge.Simulator.Scripts;

/// <summary>The ids inside one answer: different for every request, the same on every run.</summary>
internal sealed record AnswerIds(string Conversation, string UserResponse, string Response)
{
    public static AnswerIds For(long request)
    {
        var tail = request.ToString("x12", CultureInfo.InvariantCulture);
        return new($"c0000000-0000-4000-8000-{tail}", $"a0000000-0000-4000-8000-{tail}", $"b0000000-0000-4000-8000-{tail}");
    }
}

using GrokForge.Contracts.Chat;

namespace GrokForge.Gateway.Chat;

/// <summary>What becomes known of one choice of an answer on its way.</summary>
/// <param name="mostBytes">How many bytes of its words are needed at the end.</param>
internal sealed class ChatChoice(int index, int mostBytes) : IDisposable
{
    public int Index => index;

    /// <summary>The text, reasoning not included.</summary>
    public AnswerText Text { get; } = new(mostBytes);

    public AnswerText Reasoning { get; } = new(mostBytes);

    public AnswerCalls Calls { get; } = new(mostBytes);

    /// <summary>Citations and sources.</summary>
    public AnswerNotes Notes { get; } = new();

    /// <summary>Whether all its words were kept.</summary>
    public bool IsWhole => Text.IsWhole && Reasoning.IsWhole && Calls.IsWhole;

    /// <summary>What the usage record should say of it, such as arguments that do not fit their schema.</summary>
    public List<string> Remarks { get; } = [];

    /// <summary>Who answered; the attempts made so far.</summary>
    public Served Served { get; private set; } = new();

    /// <summary>Counts told by the upstream or estimated; null: not counted yet.</summary>
    public ChatUsage? Usage { get; set; }

    /// <summary>Why it ended; empty: it has not.</summary>
    public string FinishReason { get; set; } = "";

    /// <summary>Whether the gateway itself ended it at the client's limit of tokens.</summary>
    public bool WasCut { get; set; }

    /// <summary>Whether the answer comes as the official API wrote it.</summary>
    public bool IsPassed { get; set; }

    /// <summary>How many pieces of it came so.</summary>
    public int PassedChunks { get; set; }

    /// <summary>The whole answer as the official API wrote it; empty: there is none.</summary>
    public ReadOnlyMemory<byte> Passed { get; set; }

    /// <summary>Notes an event that is nothing of the answer.</summary>
    public void Note(ChatEvent chatEvent)
    {
        switch (chatEvent.EventCase)
        {
            case ChatEvent.EventOneofCase.Served:
                Served = chatEvent.Served;
                break;
            case ChatEvent.EventOneofCase.Tried:
                NoteTried(chatEvent.Tried.TokenId, chatEvent.Tried.Pool, chatEvent.Tried.Attempts);
                break;
            case ChatEvent.EventOneofCase.Usage:
                Usage = ChatUsage.Told(chatEvent.Usage);
                break;
            case ChatEvent.EventOneofCase.Source:
                Notes.Add(chatEvent.Source);
                break;
            case ChatEvent.EventOneofCase.Remark:
                Remarks.Add(chatEvent.Remark.Text);
                break;
        }
    }

    public void NoteFailed(Failed failed)
    {
        if (failed.Attempts > 0)
            NoteTried(failed.TokenId, failed.Pool, failed.Attempts);
    }

    /// <summary>The upstream starts over.</summary>
    public void Restart()
    {
        Text.Clear();
        Reasoning.Clear();
        Calls.Clear();
        Notes.Clear();
        Remarks.Clear();
    }

    // A try is no answer: the route stays that of the last answer.
    private void NoteTried(long tokenId, string pool, int attempts) => Served = new Served { Route = Served.Route, TokenId = tokenId, Pool = pool, Attempts = attempts };

    public void Dispose()
    {
        Text.Dispose();
        Reasoning.Dispose();
        Calls.Dispose();
    }
}

using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace GrokForge.Gateway.Migrations.Postgres
{
    /// <inheritdoc />
    public partial class UsageEntryIds : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<Guid>(
                name: "entry_id",
                schema: "gateway",
                table: "usage",
                type: "uuid",
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "IX_usage_entry_id",
                schema: "gateway",
                table: "usage",
                column: "entry_id",
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "IX_usage_entry_id",
                schema: "gateway",
                table: "usage");

            migrationBuilder.DropColumn(
                name: "entry_id",
                schema: "gateway",
                table: "usage");
        }
    }
}
